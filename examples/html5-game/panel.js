// @ts-check
/** Shows what the SDK does, for whoever is curious. A game needs none of this. */

const SHOWN = 40;
const TYPES = /** @type {const} */ (["progression", "resource", "purchase", "ad", "performance", "error"]);

/** @typedef {import("playtrail/browser").Client} Client */

/**
 * Lists each event as the game reports it, and says below what became of them all.
 * @param {Client} client
 * @param {{ list: HTMLElement, summary: HTMLElement }} elements
 */
export function watch(client, { list, summary }) {
  for (const type of TYPES) {
    const report = client[type].bind(client);
    Object.assign(client, {
      /** @param {never} fields */
      [type](fields) {
        report(fields);
        note(type, fields);
        count();
      },
    });
  }
  client.on("flush", ({ accepted }) => {
    note("answer", { accepted });
    count();
  });
  client.on("verdict", ({ status, ...verdict }) => note(status, verdict));
  client.on("error", ({ outcome, message }) => note(outcome, { message }));
  client.on("drop", count);
  count();

  function count() {
    const { tracked, sent, pending, dropped } = client.stats();
    summary.textContent = `${tracked} reported: ${sent} arrived, ${pending} waiting, ${dropped} dropped`;
  }

  /** @param {string} type @param {object} fields */
  function note(type, fields) {
    const item = document.createElement("li");
    item.className = type;
    const name = document.createElement("b");
    name.textContent = type;
    item.append(name, ` ${describe(fields)}`);
    list.prepend(item);
    while (list.children.length > SHOWN) list.lastElementChild?.remove();
  }
}

/** @param {object} fields */
function describe(fields) {
  return Object.entries(fields)
    .map(([field, value]) => `${field} ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(", ");
}
