import { build } from "esbuild";
import { minify } from "terser";
import { INTERNAL } from "./internal.ts";
import { fromRoot } from "./paths.ts";

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
