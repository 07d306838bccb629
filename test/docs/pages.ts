import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "..", "..");

/** A fenced piece of a page. */
export interface Block {
  /** For people: the page, and the line that it begins on. */
  name: string;
  page: string;
  /** What stands behind the fence; empty for a drawing. */
  language: string;
  text: string;
  /** A `json` block right behind: what the page shows as an answer. */
  answer: string | undefined;
}

/** What is nobody's page here: made, installed, or a report of a tool. */
const NOT_OURS = /(^|\/)(node_modules|dist|coverage|cdk\.out|\.[^/]+)(\/|$)|\.api\.md$/;

const files: string[] = [];
for await (const file of glob("**/*.md", { cwd: ROOT, exclude: (path) => NOT_OURS.test(path) })) {
  if (!NOT_OURS.test(file)) files.push(file);
}

/** Every page of the project, by its path from the root. */
export const pages: ReadonlyMap<string, string> = new Map(
  await Promise.all(
    files.toSorted().map(async (file) => [file, await readFile(join(ROOT, file), "utf8")] as const),
  ),
);

/** Every fenced block of every page. */
export const blocks: readonly Block[] = [...pages].flatMap(([page, text]) => blocksOf(page, text));

/** The blocks in some languages. */
export const blocksIn = (...languages: string[]) =>
  blocks.filter(({ language }) => languages.includes(language));

/** The fenced blocks of one page. One that stands in a list is indented as the list is. */
export function blocksOf(page: string, text: string): Block[] {
  const fences = [...text.matchAll(/^( *)```(\S*)[^\n]*\n([\s\S]*?)^\1```$/gm)];
  return fences.map((fence, index) => {
    const [whole, indent = "", language = "", body = ""] = fence;
    const next = fences[index + 1];
    const isAnswered =
      next?.[2] === "json" && text.slice(fence.index + whole.length, next.index).trim() === "";
    const line = text.slice(0, fence.index).split("\n").length;
    return {
      name: `${page}:${line}`,
      page,
      language,
      text: body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      answer: isAnswered ? next[3] : undefined,
    };
  });
}

/** A page without its fenced blocks: what is prose. */
export const proseOf = (text: string) => text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, "");
