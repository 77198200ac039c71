import { asJson, type JsonText } from "@stepwell/protocol";

export interface WrittenLine {
  readonly text: string;
  readonly data?: JsonText;
}

/** What a logger was called with, as a line: its texts in a row, its objects beside them. */
export function lineOf(args: readonly unknown[]): WrittenLine {
  const words: string[] = [];
  const objects: unknown[] = [];
  for (const each of args) {
    if (each instanceof Error) words.push(each.stack ?? `${each.name}: ${each.message}`);
    else if (typeof each === "object" && each !== null) objects.push(each);
    else words.push(String(each));
  }
  const text = words.join(" ");
  if (objects.length === 0) return { text };
  return { text, data: jsonOf(objects.length === 1 ? objects[0] : objects) };
}

function jsonOf(value: unknown): JsonText {
  try {
    return asJson(value);
  } catch {
    return asJson(String(value)); // What JSON cannot hold is at least named: a log must not fail what it tells of.
  }
}
