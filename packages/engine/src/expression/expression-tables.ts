// What the tests of expressions share: events to speak of, and tables of sources by what they come out as.

import { describe, expect, it } from "vitest";
import { compileExpression, type Expression, laterEvent } from "./compile.ts";
import { evaluateKey } from "./evaluate.ts";

/** The moment at which the tests evaluate. */
export const now = Date.parse("2026-03-01T12:00:00Z");

/** An event with a value of each kind. */
export const event = {
  name: "shop/order.placed",
  id: "evt-1",
  ts: now,
  user: {},
  data: {
    n: 3,
    half: 0.5,
    zero: 0,
    text: "Ada Lovelace",
    digits: "42",
    empty: "",
    yes: true,
    no: false,
    nothing: null,
    list: [1, 2, 3],
    holes: [1, null],
    none: [],
    map: { a: 1, "two words": 2, "a.b": 3 },
    items: [
      { sku: "a", price: 5 },
      { sku: "b", price: 50 },
    ],
    encoded: "eyJhIjpbMSwyXX0=",
    json: '{"a":[1,2]}',
    at: "2026-02-28T12:00:00Z",
    instantMs: 5,
    pretender: { instantMs: 5 },
  },
};

/** The later event of a wait. */
export const async = { name: "shop/order.paid", data: { n: 3, text: "Ada Lovelace", nothing: null } };

/** An expression that is known to be right. */
export function compiled(source: string): Expression {
  const result = compileExpression(source, laterEvent);
  if (result.kind === "invalid") throw new Error(`${source}: ${result.message}`);
  return result.expression;
}

/** The result as a key shows it, so that tables can hold values of every kind. */
function keyOf(source: string): string {
  const result = evaluateKey(compiled(source), { event, async, now });
  return result.kind === "error" ? `error: ${result.message}` : result.value.text;
}

/** Sources by the text they come out as. `M` is short for a path that leads nowhere. */
export function table(title: string, rows: Readonly<Record<string, readonly string[]>>): void {
  describe(title, () => {
    const cases = Object.entries(rows).flatMap(([expected, sources]) => sources.map((source) => [source, expected] as const));
    it.each(cases)("%s is %s", (source, expected) => {
      expect(keyOf(source.replaceAll(/\bM\b/g, "event.data.absent"))).toBe(expected);
    });
  });
}

/** Sources that cannot be computed for these events. */
export function refused(title: string, sources: readonly string[]): void {
  describe(title, () => {
    it.each(sources)("%s is an error", (source) => {
      expect(keyOf(source.replaceAll(/\bM\b/g, "event.data.absent"))).toMatch(/^error: ./);
    });
  });
}
