// @ts-check
/**
 * What the game remembers on this device.
 * @typedef {{ level: number, best: number, coins: number, attempt: number, hasShield: boolean, account?: string, consent?: "granted" | "denied" }} Save
 */

const NAME = "comet";
/** @type {Save} */
const NEW = { level: 1, best: 0, coins: 0, attempt: 0, hasShield: false };

/** @returns {Save} */
export function load() {
  try {
    return { ...NEW, ...JSON.parse(localStorage.getItem(NAME) ?? "{}") };
  } catch {
    return { ...NEW }; // a browser may deny storage, above all in a frame of another site
  }
}

/** @param {Save} save */
export function store(save) {
  try {
    localStorage.setItem(NAME, JSON.stringify(save));
  } catch {
    // Then it lasts as long as the page.
  }
}
