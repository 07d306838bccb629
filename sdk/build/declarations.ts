import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  CompilerState,
  ConsoleMessageId,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type ExtractorMessage,
  type ExtractorResult,
  type IConfigFile,
} from "@microsoft/api-extractor";
import { fromRoot } from "./paths.ts";
import { SHELLS } from "./shells.ts";

/** What tsc makes of each source file. Not published: what it imports still ends in `.ts`. */
const RAW = fromRoot("dist/types");
/** All shells as namespaces of one module, so that the report has what they share only once. */
const API = join(RAW, "api.d.ts");
const REPORT_FOLDER = fromRoot("sdk/api");
const REPORT_NAME = "playtrail.api.md";

/** Whether the API is the one that `sdk/api/playtrail.api.md` shows. */
export type ApiReport = "unchanged" | "changed";

/**
 * Writes the declarations of each shell into `directory`, as one file that imports nothing of ours, and compares what they export with
 * the report. With `accept`, writes the report.
 */
export async function writeDeclarations(directory: string, accept: boolean): Promise<ApiReport> {
  await emitRaw();
  const api = configure(API, {
    apiReport: {
      enabled: true,
      reportFolder: REPORT_FOLDER,
      reportFileName: REPORT_NAME,
      reportTempFolder: RAW,
    },
  });
  // It imports all shells: they are read once.
  const compilerState = CompilerState.create(api);
  const extract = (config: ExtractorConfig): ExtractorResult => {
    const result = Extractor.invoke(config, {
      compilerState,
      localBuild: accept,
      printApiReportDiff: !accept,
      messageCallback: keepQuiet,
    });
    if (result.errorCount > 0) throw new Error(`no declarations: ${config.mainEntryPointFilePath}`);
    return result;
  };
  for (const shell of SHELLS) {
    const untrimmedFilePath = join(directory, `${shell}.d.ts`);
    extract(configure(rawOf(shell), { dtsRollup: { enabled: true, untrimmedFilePath } }));
  }
  return extract(api).apiReportChanged && !accept ? "changed" : "unchanged";
}

/** By the project's own compiler. API Extractor has another, with which it only reads declarations. */
async function emitRaw(): Promise<void> {
  await rm(RAW, { recursive: true, force: true });
  await mkdir(RAW, { recursive: true });
  const tsc = [
    fromRoot("node_modules/typescript/bin/tsc"),
    "-p",
    fromRoot("sdk"),
    "--rootDir",
    fromRoot("sdk"),
  ];
  const flags = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--outDir", RAW];
  await promisify(execFile)(process.execPath, [...tsc, ...flags]);
  const namespaces = SHELLS.map((shell) => {
    const name = shell.replace(/-./g, (hyphen) => hyphen.slice(1).toUpperCase());
    return `export * as ${name} from "./${shell}/index.ts";\n`;
  });
  await writeFile(API, namespaces.join(""));
}

function rawOf(shell: string): string {
  return join(RAW, shell, "index.d.ts");
}

function configure(entry: string, wanted: Partial<IConfigFile>): ExtractorConfig {
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: fromRoot("sdk/package.json"),
    configObject: {
      projectFolder: fromRoot("."),
      mainEntryPointFilePath: entry,
      newlineKind: "lf",
      compiler: { overrideTsconfig: { extends: fromRoot("sdk/tsconfig.json"), files: [entry] } },
      apiReport: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        // Whatever a shell exports is public, and needs no tag to say so. TypeDoc reads the comments.
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.None },
          "ae-forgotten-export": { logLevel: ExtractorLogLevel.None, addToApiReportFile: true },
        },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
      ...wanted,
    },
  });
}

/** Keeps to itself what API Extractor says of its own doings, but not how the API differs. */
function keepQuiet(message: ExtractorMessage): void {
  const isWanted =
    message.logLevel === ExtractorLogLevel.Error || message.messageId === ConsoleMessageId.ApiReportDiff;
  if (message.category === "console" && !isWanted) message.handled = true;
}
