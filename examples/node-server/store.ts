/** What a store says was paid. */
export interface Sale {
  transaction_id: string;
  product_id: string;
  product_name: string;
  /** Of one unit, as a decimal string: it stays exact all the way. */
  price: string;
  currency: string;
  store: string;
}

/**
 * Asks the store whether a receipt is genuine. This one pretends, and believes `pretend-…`: put App Store Server API, Google Play
 * Developer API or Steam's microtransactions here. What was paid is for the store to say, never for the game.
 * @returns The sale, or `null` where the store knows of none.
 */
export async function verifyReceipt(receipt: string): Promise<Sale | null> {
  if (!receipt.startsWith("pretend-")) return null;
  return {
    transaction_id: receipt,
    product_id: "gems_100",
    product_name: "100 Gems",
    price: "4.99",
    currency: "EUR",
    store: "pretend_store",
  };
}
