import { confirm, password, select, text } from "@clack/prompts";

/** Somebody left a question with Ctrl-C. */
export class Cancelled extends Error {
  override name = "Cancelled";
}

interface Question {
  message: string;
  /** What is wrong with an answer, in words; undefined: nothing. */
  problemWith: (answer: string) => string | undefined;
}

/** How a person is asked. Each rejects with Cancelled where the question is left. */
export interface Ask {
  text(question: Question & { initial?: string }): Promise<string>;
  /** What is typed is not shown. */
  secret(question: Question): Promise<string>;
  choose(message: string, options: readonly { value: string; label: string }[]): Promise<string>;
  confirm(message: string, initial: boolean): Promise<boolean>;
}

/** Asks on the terminal. */
export const terminal: Ask = {
  text: async ({ message, problemWith, initial = "" }) =>
    answered(await text({ message, initialValue: initial, validate: (value = "") => problemWith(value) })),
  secret: async ({ message, problemWith }) =>
    answered(await password({ message, validate: (value = "") => problemWith(value) })),
  choose: async (message, options) => answered(await select({ message, options: [...options] })),
  confirm: async (message, initial) => answered(await confirm({ message, initialValue: initial })),
};

/** A question that is left is answered with a symbol. */
function answered<T>(answer: T): Exclude<T, symbol> {
  if (typeof answer === "symbol") throw new Cancelled("nothing was changed");
  return answer as Exclude<T, symbol>;
}
