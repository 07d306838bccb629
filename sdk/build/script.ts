import { build } from "esbuild";
import { minify } from "terser";
import { fromRoot } from "./paths.ts";

/** Properties that never leave the bundle, so that their names need not be bytes there. None of them is stored or sent. */
const INTERNAL =
  /^(added|adopt|attempts|base|begin|blame|byServer|catchUp|changed|clock|comeBack|current|drain|dropsUnderWay|due|erase|failingSince|fields|fills|flight|forget|giveBack|handOver|hold|holds|hurry|idSeed|interrupt|keepNow|keptAliveBytes|kind|lastOrder|learn|leave|ledger|line|listeners|notBefore|offsetMs|onChange|onClose|onEnter|onSettled|order|outlived|ownId|pack|pauseMs|post|posted|postedAt|putBack|rank|readDevice|record|refusals|remembered|renumber|report|requestId|retryAfter|retryAfterMs|saveDevice|saveNote|saveQueue|segment|settle|shared|since|stamp|stamper|startTimer|takeNote|takeOver|takeUnreported|takeUp|tell|timekeeper|timeline|touch|transport|unreported|unsettled|upTo|wake|wall)$/;

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
    compress: {
      passes: 6,
      hoist_funs: true,
      inline: 1, // what is written twice compresses well
      pure_getters: true,
      unsafe: true, // it means: nobody has replaced Array.prototype.map and the like
      unsafe_arrows: true,
      unsafe_methods: true,
    },
    mangle: { properties: { regex: INTERNAL } },
    // Named by a header, not in the file.
    sourceMap: { content: textOf(".map") },
  });
  return { code, map: String(map) };
}
