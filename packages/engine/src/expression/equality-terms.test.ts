import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equalityTerms, literalTerms } from "./equality-terms.ts";
import { evaluateCondition } from "./evaluate.ts";
import { compiled } from "./expression-tables.ts";

describe("equalityTerms", () => {
  it.each([
    ["event.data.userId == async.data.userId", ["data.userId=data.userId"]],
    ["async.data.a == event.data.b", ["data.b=data.a"]],
    ["event.data['user-id'] == async.data[\"id\"]", ["data.user-id=data.id"]],
    ["(event.id == async.data.of) && async.data.n > 3", ["id=data.of"]],
    ["event.data.a == async.data.a && (event.data.b == async.data.b && true)", ["data.a=data.a", "data.b=data.b"]],
    ["event.data.a == async.data.a || event.data.b == async.data.b", []],
    ["!(event.data.a == async.data.a)", []],
    ["event.data.a == async.data.a ? true : false", []],
    ["event.data.a != async.data.a", []],
    ["event.data.a == event.data.b", []],
    ["event == async", []],
    ["event.data.list[0] == async.data.a", []],
    ["event.data['a.b'] == async.data.a", []],
    ["event.data[async.data.name] == async.data.a", []],
    ["event.data.a.lowerAscii() == async.data.a", []],
    ["event.data.list.all(event, event.a == async.a)", []],
    ["async.data.a == 'x'", []],
  ])("of %s", (source, terms) => {
    expect(equalityTerms(compiled(source)).map(({ eventPath, asyncPath }) => `${eventPath}=${asyncPath}`)).toEqual(terms);
  });
});

describe("literalTerms", () => {
  it.each([
    ["async.data.state == 'paid'", [{ asyncPath: "data.state", value: "paid" }]],
    [
      "3 == async.data.n && true == async.data.yes",
      [
        { asyncPath: "data.n", value: 3 },
        { asyncPath: "data.yes", value: true },
      ],
    ],
    ["async.data.n == -0.5", [{ asyncPath: "data.n", value: -0.5 }]],
    ["async.data.n == 5u", []],
    ["async.data.n == 9007199254740993", []],
    ["async.data.n == null", []],
    ["event.data.n == 3", []],
    ["async.data.n == 3 || async.data.n == 4", []],
    ["async.data.list == [1]", []],
  ])("of %s", (source, terms) => {
    expect(literalTerms(compiled(source))).toEqual(terms);
  });
});

const names = ["a", "b"] as const;
const value = fc.constantFrom<unknown>(null, 0, 1, 2, "1", "", true, false);
const data = fc.record({ a: value, b: value }, { requiredKeys: [] });
const atom = fc.oneof(
  fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)).map(([one, other]) => `event.data.${one} == async.data.${other}`),
  fc
    .tuple(fc.constantFrom(...names), fc.constantFrom("1", "0", "'1'", "true", "null"))
    .map(([name, literal]) => `${literal} == async.data.${name}`),
  fc.constantFrom("true", "async.data.a", "event.data.a != async.data.b"),
);
const source = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    atom,
    fc.tuple(tie("tree"), fc.constantFrom("&&", "||"), tie("tree")).map(([one, operator, other]) => `(${one} ${operator} ${other})`),
    tie("tree").map((tree) => `!(${tree})`),
  ),
})).tree;

describe("an index over the terms", () => {
  it("never misses an event for which the expression is true", () => {
    fc.assert(
      fc.property(source, data, data, (text, before, later) => {
        const expression = compiled(text);
        const result = evaluateCondition(expression, { event: { data: before }, async: { data: later }, now: 0 });
        if (result.kind === "error" || !result.value) return;
        const at = (root: unknown, path: string): unknown =>
          path.split(".").reduce((each, name) => (each as Record<string, unknown>)?.[name], root);
        for (const { eventPath, asyncPath } of equalityTerms(expression)) {
          const wanted = at({ data: before }, eventPath);
          // What is missing or null is not looked up.
          if (wanted !== undefined && wanted !== null) expect(at({ data: later }, asyncPath)).toBe(wanted);
        }
        for (const term of literalTerms(expression)) expect(at({ data: later }, term.asyncPath)).toBe(term.value);
      }),
      { numRuns: 2_000 },
    );
  });
});
