// What stays the same in the messages of one kind of failure. Pure.
//
// M1. What tells one occurrence from another (numbers, ids, quoted values) gives way to a mark; the words stay.
// M2. The work is bounded: what is read of a message and what is kept of it has a limit, and no pattern looks back over
//     more than that.

import { limits } from "@stepwell/protocol";

const quoted = "‹…›";
/** A number, an id or a time: what looks like the one today looks like another tomorrow. */
const value = "‹n›";

/** In their order: what an earlier one has replaced, a later one does not see. */
const replacements: readonly (readonly [RegExp, string])[] = [
  [/"[^"\n]{1,1000}"|`[^`\n]{1,1000}`|“[^”\n]{1,1000}”|«[^»\n]{1,1000}»/g, quoted],
  // An apostrophe within a word is none of a quotation.
  [/(?<![\p{L}\d])'[^'\n]{1,1000}'(?![\p{L}\d])/gu, quoted],
  [/(https?:\/\/[^\s?#]{1,1000})[?#]\S{1,1000}/g, `$1?${quoted}`],
  [/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g, quoted],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, value],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?/g, value],
  [/\b0x[0-9a-f]{1,1000}\b/gi, value],
  [/(?<![\p{L}\d])[0-9a-f]{8,1000}(?![\p{L}\d])/giu, value],
];

/** A word of letters and digits; what joins such words does not belong to them. */
const words = /[\p{L}\d]{1,1000}/gu;
const numbers = /(?:(?<![\p{L}\d])[+-])?\d+(?:[.,:]\d+)*/gu;
/** A list of values is as long as it happens to be. */
const lists = /(‹[n…]›)(?:[\s,;|]{1,3}\1){1,1000}/g;

/** The message with marks where its values stood. */
export function messageTemplate(message: string): string {
  let text = message.slice(0, limits.failureMessageReadMax);
  for (const [pattern, mark] of replacements) text = text.replace(pattern, mark);
  text = text.replace(words, withoutIds).replace(numbers, value).replace(lists, "$1").replace(/\s+/g, " ").trim();
  return text.length <= limits.failureTemplateLengthMax ? text : `${text.slice(0, limits.failureTemplateLengthMax - 1)}…`;
}

/** Letters and digits that take turns are an id, such as `8Fj3kLm`; a number beside letters is one, such as `order12`. */
function withoutIds(word: string): string {
  if (!/\d/.test(word) || /^\d+$/.test(word)) return word;
  return /\p{L}\d+\p{L}|\d\p{L}+\d/u.test(word) ? value : word;
}
