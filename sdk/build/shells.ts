import manifest from "../package.json" with { type: "json" };

/**
 * The client's kinds by platform, as package.json names them: `./browser` has its source in `sdk/browser/`, and what is published of it
 * in `sdk/dist/browser.js` and `sdk/dist/browser.d.ts`.
 */
export const SHELLS = Object.keys(manifest.exports)
  .filter((subpath) => subpath !== "." && !subpath.endsWith(".json"))
  .map((subpath) => subpath.replace("./", ""));
