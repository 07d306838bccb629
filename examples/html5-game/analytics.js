// @ts-check
/**
 * All that this game tells its studio stands in this one file, as things that happen in the game. Nothing here throws or waits, and
 * the game plays the same where the SDK is missing.
 */

/** @typedef {import("playtrail/browser").Client} Client */

const STORE = "pretend_store";
/** Of a page. Who has seen so many different ones knows where to begin. */
const MAX_ERRORS = 20;
const AD = { ad_type: "rewarded_video", placement: "second_chance", network: "pretend_network" };

/**
 * @param {import("./save.js").Save} save
 * @returns {Client | undefined}
 */
export function connect({ account, consent }) {
  // Our script tag says where the collector is, and has the key: a write key may be seen by anybody, for it may only send.
  const script = document.querySelector("script[data-key]");
  if (!(script instanceof HTMLScriptElement)) return undefined;
  const client = globalThis.playtrail?.createClient({
    url: new URL(script.src).origin,
    key: script.dataset.key ?? "",
    appVersion: "1.0.0",
    userId: account, // none: a random id that this device keeps, once it may
    consent: consent ?? "pending", // nothing leaves the page before the player has said yes
  });
  if (client) reportErrors(client);
  return client;
}

/** Whatever nobody caught, each but once: what fails in one frame fails in the next. @param {Client} client */
function reportErrors(client) {
  const told = new Set();
  /** @param {unknown} error @param {string} message */
  function report(error, message) {
    if (told.has(message) || told.size >= MAX_ERRORS) return;
    told.add(message);
    client.error({ severity: "error", message, stack: error instanceof Error ? error.stack : undefined });
  }
  addEventListener("error", ({ message, error }) => report(error, message || String(error)));
  addEventListener("unhandledrejection", ({ reason }) => report(reason, String(reason)));
}

/**
 * What the game calls.
 * @param {Client | undefined} client
 */
export function createAnalytics(client) {
  return {
    /** @param {number} level @param {number} attempt */
    levelStarted(level, attempt) {
      client?.progression({ status: "start", level: name(level), attempt });
    },
    /**
     * Coins are told once a level, not one by one, and so is the frame rate: what nobody will ask of each frame need not travel.
     * @param {"complete" | "fail"} status
     * @param {{ level: number, attempt: number, score: number, coins: number, fps: number }} result
     */
    levelEnded(status, { level, attempt, score, coins, fps }) {
      client?.progression({ status, level: name(level), attempt, score });
      if (coins > 0) client?.resource({ ...earned(coins), item_type: "level", item_id: name(level) });
      client?.performance({ metric: "fps", value: fps, scene: name(level) });
    },
    /** @param {number} price in coins */
    shieldBought(price) {
      client?.resource({
        flow: "sink",
        resource: "coins",
        amount: price,
        item_type: "boost",
        item_id: "shield",
      });
    },
    /**
     * Where real money is paid, the store says what and for how much, and gives the transaction its id; better still, a server
     * that has checked the receipt reports it: see ../node-server.
     * @param {number} coins
     */
    coinsBought(coins) {
      client?.purchase({
        product_id: `coins_${coins}`,
        product_name: `${coins} coins`,
        price: "0.99", // a string stays exact
        currency: "EUR",
        store: STORE,
        transaction_id: `pretend-${Date.now()}`,
      });
      client?.resource({ ...earned(coins), item_type: "purchase", item_id: `coins_${coins}` });
    },
    /** @param {"shown" | "rewarded"} action */
    ad(action) {
      client?.ad({ action, ...AD });
    },
    /** An id of the studio's own: never a name or an address. @param {string} account */
    signedIn(account) {
      client?.identify(account);
    },
    /** @param {boolean} isGranted */
    consented(isGranted) {
      client?.consent(isGranted ? "granted" : "denied");
    },
    /** Sessions begin by themselves, and end half an hour after the last event; a game that knows better says so. */
    left() {
      client?.session.end();
    },
  };
}

/** @param {number} level */
const name = (level) => `sky/level${level}`;

/** @param {number} amount */
const earned = (amount) => ({ flow: /** @type {const} */ ("source"), resource: "coins", amount });
