import { asJson } from "@stepwell/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileFilter, FilterBudget } from "./row-filter.ts";

function test1(source: string, row: { readonly event: unknown; readonly output?: unknown }, budget = new FilterBudget()): string {
  const filter = compileFilter(source, "runs");
  if (filter.kind === "invalid") return filter.message;
  return filter.test({ event: asJson(row.event), ...(row.output === undefined ? {} : { output: asJson(row.output) }) }, budget, 0);
}

test("output is what the run gave, and nothing while it has not", () => {
  expect(test1("output.total > 3", { event: {}, output: { total: 4 } })).toBe("passes");
  expect(test1("output.total > 3", { event: {} })).toBe("fails");
  expect(test1('output == "x"', { event: {}, output: "x" })).toBe("passes");
});

test("the work of all rows is counted together, reading them included", () => {
  const budget = new FilterBudget();
  const row = { event: { data: "x".repeat(640_000) } };
  const results = Array.from({ length: 150 }, () => test1("event.data == 1", row, budget));
  expect(results[0]).toBe("fails");
  expect(results.at(-1)).toBe("too_much_work");
});

test("whatever the filter and the row: a result or a refusal", () => {
  const source = fc.oneof(
    fc.string(),
    fc.constantFrom("event.a", "output.a == event.a", "event.a\noutput.b == 1", "event == output", "size(event.a) > 1"),
  );
  fc.assert(
    fc.property(source, fc.jsonValue(), fc.option(fc.jsonValue(), { nil: undefined }), (text, event, output) => {
      expect(test1(text, { event, output })).toMatch(/./);
    }),
  );
});
