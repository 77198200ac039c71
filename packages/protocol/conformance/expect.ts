import assert from "node:assert/strict";

/** Few ways to compare: a pack that others run brings no test framework. */
export interface Expect {
  equal(actual: unknown, expected: unknown, what?: string): void;
  /** Everything of `expected` is in `actual`, which may hold more. */
  like(actual: unknown, expected: unknown, what?: string): void;
  matches(actual: unknown, pattern: RegExp, what?: string): void;
  ok(condition: boolean, what: string): void;
  /** The number lies in the bounds, which count. */
  between(actual: unknown, from: number, to: number, what: string): void;
}

export const expect: Expect = {
  equal: (actual, expected, what) => assert.deepEqual(actual, expected, named(what, actual, expected)),
  like: (actual, expected, what) => assert.partialDeepStrictEqual(actual, expected, named(what, actual, expected)),
  matches(actual, pattern, what) {
    assert.ok(typeof actual === "string" && pattern.test(actual), `${what ?? "the text"}: ${shown(actual)} does not match ${pattern}`);
  },
  ok: (condition, what) => assert.ok(condition, `not so: ${what}`),
  between(actual, from, to, what) {
    assert.ok(typeof actual === "number" && actual >= from && actual <= to, `${what}: ${shown(actual)} is not from ${from} to ${to}`);
  },
};

const shownLengthMax = 600;

function named(what: string | undefined, actual: unknown, expected: unknown): string {
  return `${what === undefined ? "" : `${what}: `}got ${shown(actual)}, expected ${shown(expected)}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text;
}
