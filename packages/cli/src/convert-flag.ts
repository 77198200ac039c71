import { parseDuration } from "@stepwell/protocol";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { Flag } from "./flag-table.ts";

export type FlagValue = string | number | boolean | readonly string[];

const yes = ["true", "1", "yes", "on"];
const no = ["false", "0", "no", "off"];

/**
 * Text as the flag's type. Times come out in milliseconds; a bare number among them means seconds.
 *
 * @throws {CommandError} The text is not of that type; the message begins with `where`.
 */
export function convertFlag(flag: Flag, text: string, where: string): FlagValue {
  switch (flag.type) {
    case "switch":
      if (yes.includes(text.toLowerCase())) return true;
      if (no.includes(text.toLowerCase())) return false;
      throw wrong(where, "true or false", text);
    case "list":
      return text
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "");
    case "number": {
      const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      if (!(number <= (flag.max ?? Number.MAX_SAFE_INTEGER)))
        throw wrong(where, `a whole number${flag.max === undefined ? "" : ` up to ${flag.max}`}`, text);
      return number;
    }
    case "rate": {
      if (text !== "1" && yes.includes(text.toLowerCase())) return flag.bare ?? 1;
      if (no.includes(text.toLowerCase())) return 0;
      const rate = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
      if (!(rate <= 1)) throw wrong(where, "a number from 0 to 1", text);
      return rate;
    }
    case "duration": {
      const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : parseDuration(text);
      if (ms === undefined) throw wrong(where, "a duration such as 30s, 5m or 7d", text);
      return ms;
    }
    default:
      return text;
  }
}

function wrong(where: string, what: string, text: string): CommandError {
  return new CommandError(exitCodes.usage, "usage", `${where} is ${what}, and "${text.slice(0, 100)}" is not`);
}
