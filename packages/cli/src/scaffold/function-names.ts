import { CommandError, exitCodes } from "../exit-codes.ts";

/** The forms of a function's name. */
export interface FunctionNames {
  /** Its id and its file: `send-receipt`. */
  readonly id: string;
  /** Its variable: `sendReceipt`. */
  readonly variable: string;
}

const lengthMax = 60;
const reserved = new Set(["index", "client", "functions", "step", "event", "events", "default", "function", "new", "delete", "class"]);

/** @throws {CommandError} The name makes no identifier; exit code 2. */
export function functionNames(typed: string): FunctionNames {
  const words = typed
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[\s_./-]+/)
    .filter((word) => word !== "");
  const id = words.join("-");
  if (!/^[a-z][a-z0-9-]*$/.test(id) || id.length > lengthMax || reserved.has(id))
    throw new CommandError(exitCodes.usage, "usage", `"${typed}" is no name for a function`, [
      `A name has letters, digits and dashes, begins with a letter and has at most ${lengthMax} characters: send-receipt`,
    ]);
  return { id, variable: camelCase(words) };
}

function camelCase(words: readonly string[]): string {
  return words.map((word, index) => (index === 0 ? word : `${word[0]?.toUpperCase()}${word.slice(1)}`)).join("");
}
