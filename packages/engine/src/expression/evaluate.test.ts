import { describe, expect, it } from "vitest";
import { evaluateCondition, evaluateKey, evaluateNumber } from "./evaluate.ts";
import { async, compiled, event, now, table } from "./expression-tables.ts";

table("keys are text, whatever they came out as", {
  "3": ["event.data.n", "int(event.data.n)"],
  "0.5": ["event.data.half"],
  true: ["event.data.yes"],
  false: ["event.data.no"],
  null: ["event.data.nothing"],
  "[1,2,3]": ["event.data.list"],
  '{"a":1,"two words":2,"a.b":3}': ["event.data.map"],
  '{"instantMs":5}': ["event.data.pretender"],
  '["2026-03-01T12:00:00Z","1s",1]': ["[now(), duration('1s'), 1]"],
});

describe("evaluateCondition", () => {
  const conditionOf = (source: string, input: object = { event, async }) =>
    evaluateCondition(compiled(source), { event: undefined, now, ...input });

  it("takes true and false, and what is missing for false", () => {
    expect(conditionOf("event.data.n == 3")).toEqual({ kind: "value", value: true });
    expect(conditionOf("event.data.n == 4")).toEqual({ kind: "value", value: false });
    expect(conditionOf("event.data.absent")).toEqual({ kind: "value", value: false });
  });

  it.each(["event.data.n", "event.data.text", "event.data.nothing", "event.data.list", "event.data.yes && event.data.text"])(
    "refuses %s, which is neither true nor false",
    (source) => {
      expect(conditionOf(source)).toMatchObject({ kind: "error", message: expect.stringContaining("not as true or false") });
    },
  );

  it("compares two events", () => {
    expect(conditionOf("event.data.text == async.data.text && async.name == 'shop/order.paid'")).toEqual({ kind: "value", value: true });
    expect(conditionOf("event.data.n == async.data.text")).toEqual({ kind: "value", value: false });
  });

  it("treats a second event that is not there as missing", () => {
    expect(conditionOf("async.data.n == 3", { event })).toEqual({ kind: "value", value: false });
    expect(conditionOf("async == null", { event })).toEqual({ kind: "value", value: true });
  });

  it("gives the same answer for the same moment, however often it is asked", () => {
    const expression = compiled("date(event.data.at) > now_minus('25h')");
    const answers = Array.from({ length: 3 }, () => evaluateCondition(expression, { event, now }));
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"kind":"value","value":true}']));
    expect(evaluateCondition(expression, { event, now: now + 7_200_000 })).toEqual({ kind: "value", value: false });
  });
});

describe("evaluateKey", () => {
  it.each([
    ["event.data.absent", "false", true],
    ["event.data.no", "false", true],
    ["event.data.nothing", "null", true],
    ["event.data.absent || event.data.other", "false", true],
    ["event.data.empty", "", false],
    ["event.data.zero", "0", false],
    ["event.data.text", "Ada Lovelace", false],
    ["'false'", "false", false],
  ])("of %s is %j, missing: %s", (source, text, missing) => {
    expect(evaluateKey(compiled(source), { event, now })).toEqual({ kind: "value", value: { text, missing } });
  });
});

describe("evaluateNumber", () => {
  it.each([
    ["120", 120],
    ["-event.data.n", -3],
    ["event.data.half", 0.5],
    ["event.data.yes ? 10 : 0", 10],
    ["int('7')", 7],
  ])("of %s is %d", (source, value) => {
    expect(evaluateNumber(compiled(source), { event, now })).toEqual({ kind: "value", value });
  });

  it.each(["event.data.absent", "event.data.text", "event.data.yes", "1.0 / 0.0", "event.data.nothing"])("refuses %s", (source) => {
    expect(evaluateNumber(compiled(source), { event, now })).toMatchObject({ kind: "error" });
  });
});
