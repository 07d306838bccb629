import { build } from "esbuild";
import { minify } from "terser";
import { fromRoot } from "./paths.ts";

/** Properties that never leave the bundle, so that their names need not be bytes there. None of them is stored or sent. */
const INTERNAL =
  /^(byServer|comeBack|dropsUnderWay|failingSince|giveBack|idSeed|interrupt|keepNow|keptAliveBytes|lastOrder|listeners|notBefore|offsetMs|onSettled|overtaken|ownId|pauseMs|postedAt|putBack|readDevice|remembered|requestId|retryAfter|retryAfterMs|saveDevice|saveNote|saveQueue|segment|startTimer|takeNote|takeUnreported|timekeeper|timeline|transport|unreported|unsettled)$/;

/** The SDK for a script tag, and its source map. Bundled by esbuild; made small by terser, which leaves a tenth less. */
export async function bundleScript(entry = "sdk/browser/script.ts"): Promise<{ code: string; map: string }> {
  const { outputFiles } = await build({
    entryPoints: [fromRoot(entry)],
    outfile: "sdk.js",
    bundle: true,
    write: false,
    format: entry.endsWith("script.ts") ? "iife" : "esm",
    platform: "browser",
    target: "es2021",
    sourcemap: "external",
  });
  const textOf = (suffix: string) => outputFiles.find(({ path }) => path.endsWith(suffix))?.text ?? "";
  const { code = "", map } = await minify(textOf(".js"), {
    ecma: 2020,
    module: true,
    compress: { passes: 3, unsafe_arrows: true },
    mangle: { properties: { regex: INTERNAL } },
    sourceMap: { content: textOf(".map"), url: "sdk.js.map" },
  });
  return { code, map: String(map) };
}
