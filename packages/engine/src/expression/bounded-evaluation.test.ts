import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileExpression, laterEvent } from "./compile.ts";
import { evaluateCondition, evaluateKey, evaluateNumber } from "./evaluate.ts";
import { compiled, now } from "./expression-tables.ts";

/** Far above what the slowest of these takes on a busy machine, far below what any of them would take without bounds. */
const timeMsMax = 5_000;

function evaluateAll(source: string, event: unknown, async?: unknown): readonly { readonly kind: string }[] {
  const result = compileExpression(source, laterEvent);
  if (result.kind === "invalid") return [result];
  const input = { event, async, now };
  return [evaluateCondition, evaluateKey, evaluateNumber].map((evaluate) => evaluate(result.expression, input));
}

/** Text that often is an expression: pieces of the language in any order. */
const pieces = fc.constantFrom(
  ..."event async event.data event.data.a async.data.list 1 -1 2.5 0 'a' 'x' \"\" true false null [] {} [1,2] {'a':1} == != < <= > >= + - * / % && || ! ? : in ( ) [ ] . , i has( size( int( double( string( lowercase( date( duration( now() now_plus( b64decode( json_parse( type( .all(i, .exists(i, .map(i, .filter(i, .exists_one(i, .matches( .contains( .size() .getHours() '1h' '(a+)+$' = ===".split(
    " ",
  ),
);
const likelySource = fc.array(pieces, { maxLength: 14 }).map((each) => each.join(" "));

/** Well-formed expressions of any operators over any values. */
const operators = ["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "&&", "||", "in"];
const globals = [
  "size",
  "int",
  "uint",
  "double",
  "string",
  "bool",
  "type",
  "duration",
  "timestamp",
  "date",
  "lowercase",
  "uppercase",
  "b64decode",
  "json_parse",
  "now_plus",
  "now_minus",
];
const methods = [
  "size()",
  "contains('a')",
  "startsWith('a')",
  "matches('a+')",
  "lowerAscii()",
  "trim()",
  "getMonth()",
  "getHours('Europe/Vienna')",
];
const loops = ["all", "exists", "exists_one", "map", "filter"];
const leaf = fc.constantFrom(
  "event",
  "async",
  "event.data",
  "event.data.a",
  "event.data.b.c",
  "event.data.list",
  "event['x']",
  "1",
  "-3",
  "2.5",
  "5u",
  "'a'",
  "''",
  "'1h'",
  "true",
  "null",
  "[]",
  "[1, 'a', null]",
  "{'a': 1}",
  "now()",
);
const wellFormed = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "medium" },
    leaf,
    fc.tuple(tie("tree"), fc.constantFrom(...operators), tie("tree")).map(([one, operator, other]) => `(${one} ${operator} ${other})`),
    fc.tuple(fc.constantFrom(...globals), tie("tree")).map(([name, argument]) => `${name}(${argument})`),
    fc.tuple(tie("tree"), fc.constantFrom(...methods)).map(([subject, method]) => `(${subject}).${method}`),
    fc.tuple(tie("tree"), fc.constantFrom(...loops), tie("tree")).map(([subject, name, body]) => `(${subject}).${name}(i, ${body})`),
    fc.tuple(tie("tree"), tie("tree"), tie("tree")).map(([condition, one, other]) => `(${condition} ? ${one} : ${other})`),
    tie("tree").map((tree) => `!(${tree})`),
    tie("tree").map((tree) => `-(${tree})`),
    fc.tuple(tie("tree"), tie("tree")).map(([one, other]) => `(${one})[${other}]`),
  ),
})).tree;

const json = fc.jsonValue({ maxDepth: 4 });
const event = fc.oneof(json, fc.record({ data: fc.record({ a: json, b: json, list: fc.array(json) }, { requiredKeys: [] }) }));
const kinds = new Set(["value", "error", "invalid"]);

describe("compiling and evaluating", () => {
  it("never throws, whatever the text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), likelySource), event, (source, value) =>
        evaluateAll(source, value, value).every(({ kind }) => kinds.has(kind)),
      ),
      { numRuns: 2_000 },
    );
  });

  it("takes every well-formed expression and never throws, whatever the events", () => {
    fc.assert(
      fc.property(wellFormed, event, event, (source, one, other) => {
        const results = evaluateAll(source, one, other);
        expect(results.map(({ kind }) => kind)).not.toContain("invalid");
      }),
      { numRuns: 2_000 },
    );
  });

  it("does not throw for values that JSON does not know either", () => {
    fc.assert(
      fc.property(wellFormed, fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }), (source, value) =>
        evaluateAll(source, { data: { a: value, list: [value] } }, value).every(({ kind }) => kinds.has(kind)),
      ),
      { numRuns: 2_000 },
    );
  });
});

const long = "a".repeat(3_000_000);
const deepJson = `${"[".repeat(5_000)}1${"]".repeat(5_000)}`;
const many = Array.from({ length: 20_000 }, (_, index) => index);
const hostileEvent = {
  data: {
    long,
    other: `${long.slice(1)}b`,
    part: `b${"a".repeat(1_000_000)}`,
    deep: JSON.parse(deepJson) as unknown,
    again: JSON.parse(deepJson) as unknown,
    many,
    map: Object.fromEntries(many.map((n) => [`k${n}`, n])),
  },
};
const doubled = (count: number): string => `[1]${".map(x, [x, x])".repeat(count)}`;

describe("an evaluation that would not end", () => {
  it.each([
    ["loops within loops", "event.data.many.all(a, event.data.many.all(b, event.data.many.all(c, a + b + c >= 0)))"],
    ["loops that fail", "event.data.many.exists(a, event.data.many.exists(b, int('x') == b))"],
    ["text that doubles", `['aaaa']${".map(x, x + x)".repeat(60)}[0].size() == 0`],
    ["a list that doubles", `[[1]]${".map(x, x + x)".repeat(60)}[0].size() == 0`],
    ["a list that holds itself twice, compared", `${doubled(60)} == ${doubled(60)}`],
    ["a list that holds itself twice, as text", `string(${doubled(60)}) == 'x'`],
    ["long text in loops", "event.data.many.all(i, event.data.long != event.data.other)"],
    ["long text ordered in loops", "event.data.many.all(i, event.data.long < event.data.other)"],
    ["long text searched for long text", "event.data.many.all(i, !event.data.long.contains(event.data.part))"],
    ["long text measured in loops", "event.data.many.all(i, size(event.data.long) > 0)"],
    ["long text in small letters in loops", "event.data.many.all(i, lowercase(event.data.long) != '')"],
    ["large maps in loops", "event.data.many.all(i, size(event.data.map) > 0 && event.data.map == event.data.map)"],
    ["large lists searched in loops", "event.data.many.all(i, i in event.data.many)"],
    ["large values as text in loops", "event.data.many.all(i, string(event.data.map) != '')"],
    ["zones in loops", "event.data.many.all(i, now().getHours('Europe/Vienna') >= 0)"],
    ["a pattern from the event", "event.data.long.matches('(' + 'a+)+$' + event.data.absent) && event.data.long.matches('(a?){300}b')"],
  ])("is stopped: %s", (_, source) => {
    const startedAt = performance.now();
    const condition = evaluateCondition(compiled(source), { event: hostileEvent, now });
    expect(performance.now() - startedAt).toBeLessThan(timeMsMax);
    expect(condition).toMatchObject({ kind: "error", message: expect.stringContaining("workUnitsMax") });
  });

  it.each([
    "event.data.deep == event.data.again",
    "string(event.data.deep) != ''",
    "event.data.deep",
    `${"!".repeat(4_000)}true`,
    `1${" + 1".repeat(1_000)} > 0`,
  ])("does not throw where values or expressions are deep: %.60s", (source) => {
    expect(evaluateAll(source, hostileEvent).every(({ kind }) => kinds.has(kind))).toBe(true);
  });

  it("leaves conditions of everyday size far below the limit", () => {
    const items = Array.from({ length: 1_000 }, (_, index) => ({ sku: `sku-${index}`, price: index }));
    const [condition] = evaluateAll(
      "event.data.items.exists(i, i.price > 998 && i.sku.startsWith('sku-') && i.sku.matches('^sku-\\\\d+$'))",
      { data: { items } },
    );
    expect(condition).toEqual({ kind: "value", value: true });
  });
});
