const NAMES = `
  added adopt attempts base begin blame byServer catchUp changed clock comeBack current drain dropsUnderWay due
  erase failingSince fields fills flight forget giveBack handOver hold holds hurry idSeed interrupt keepNow
  keptAliveBytes kind lastOrder learn leave ledger line listeners notBefore offsetMs onChange onClose onEnter
  onSettled order outlived ownId pack pauseMs post postedAt putBack rank readDevice record refusals
  remembered renumber report requestId retryAfter retryAfterMs saveDevice saveNote saveQueue segment settle
  shared since stamp stamper startTimer takeNote takeOver takeUnreported takeUp tell timekeeper timeline touch
  transport unreported unsettled upTo wake wall
`;

/** Properties that never leave the SDK, so that their names need not be bytes in a page. None of them is stored, sent, or the platform's. */
export const INTERNAL = new RegExp(`^(${NAMES.trim().split(/\s+/).join("|")})$`);
