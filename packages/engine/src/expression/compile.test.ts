import { describe, expect, it } from "vitest";
import { compileExpression, laterEvent } from "./compile.ts";

describe("compileExpression", () => {
  it.each([
    "event.data.n == 3",
    "event.data['two words'] != null",
    "has(event.data.n) && event.data.items.exists(i, i.price > 10)",
    "event.data.items.map(i, i.price > 10, i.sku)",
    "event.data.a ? 'x' : \"y\"",
    "event.data.a == r'\\d' || event.data.a.matches('\\\\d+')",
    "[1, 2, 3,].size() == 3 // a remark",
    "{'a': 1}.a == 1",
    "5u == 5 && 0x10 == 16 && 1.5e3 == 1500.0",
    "-9223372036854775808 < 9223372036854775807",
    "type(event.data.n) == double",
    "now().getHours('Europe/Vienna') > 8",
    "date(event.data.at) < now_plus('1h')",
  ])("takes %s", (source) => {
    expect(compileExpression(source)).toMatchObject({ kind: "expression", expression: { source } });
  });

  it("takes the names of its place besides", () => {
    expect(compileExpression("event.data.userId == async.data.userId", laterEvent)).toMatchObject({ kind: "expression" });
    expect(compileExpression("output.n == event.data.n", ["output"])).toMatchObject({ kind: "expression" });
    expect(compileExpression("output.n == 1", laterEvent)).toMatchObject({ message: expect.stringContaining('of "event" and "async"') });
  });

  it.each([
    ["", 1, "EOF"],
    ["   ", 4, "EOF"],
    ["event.data.n = 3", 14, '"==" compares'],
    ["event.data.n === 3", 16, '"==" compares'],
    ["event.data.n == ", 17, "EOF"],
    ["event.data.", 12, "IDENTIFIER"],
    ["(event.data.n", 14, "RPAREN"],
    ["event.data.n == 'open", 17, "Unterminated"],
    ["event.data.n & 1", 14, "Unexpected character"],
    ["event.data.n == 3 4", 19, "Unexpected character"],
    ["user.id == 1", 1, '"user" is not declared'],
    ["event.data.n == data.n", 17, '"data" is not declared'],
    ["event.data.n == undefined", 17, '"undefined" is not declared'],
    ["Event.data.n == 1", 1, '"Event" is not declared'],
    ["event.data.list.all(i, j > 1)", 24, '"j" is not declared'],
    ["event.data.list.all(i, i > 1) && i == 1", 34, '"i" is not declared'],
    ["constructor == 1", 1, '"constructor" is not declared'],
    ["async.data.n < 5", 1, "only waits and cancel rules have a later event"],
    ["output.n < 5", 1, 'this expression speaks of "event"'],
    ["upper(event.name)", 1, 'no function "upper"'],
    ["toString()", 1, 'no function "toString"'],
    ["constructor(1)", 1, 'no function "constructor"'],
    ["event.name.toUpperCase()", 12, 'no method "toUpperCase"'],
    ["event.name.hasOwnProperty('a')", 12, 'no method "hasOwnProperty"'],
    ["event.data.list.all(i)", 17, '"all" takes a name and an expression'],
    ["event.data.list.all(i.x, true)", undefined, "invalid"],
    ["event.data.list.map(i, true, i, i)", 17, '"map" takes a name and an expression'],
    ["has(event)", 1, '"has" takes one path'],
    ["has(event.a, event.b)", 1, '"has" takes one path'],
    ["lowercase()", 1, '"lowercase" takes 1 argument and has 0'],
    ["now(1)", 1, '"now" takes 0 arguments and has 1'],
    ["'a'.contains()", 5, '"contains" takes 1 argument and has 0'],
    ["now().getHours('UTC', 1)", 7, '"getHours" takes 0 to 1 arguments and has 2'],
    ["event.name.matches('(')", 20, "the pattern has"],
    ["matches(event.name, '(?=a)')", 21, "RE2"],
    ["9223372036854775808", 1, "64 bits"],
    ["-9223372036854775809", 2, "64 bits"],
    ["b'ab' == b'ab'", 1, "bytes"],
    ["event.data.in", 12, "IDENTIFIER"],
    ["event.?data", 7, "IDENTIFIER"],
    ["Foo{a: 1}", 4, "Unexpected character"],
  ] as const)("refuses %j at column %s", (source, column, words) => {
    const result = compileExpression(source);
    expect(result).toMatchObject({ kind: "invalid", message: expect.stringContaining(words) });
    if (column !== undefined) expect(result).toMatchObject({ column });
  });

  it("does not blame an equals sign inside a text", () => {
    expect(compileExpression("event.data.n == 'a=b' +")).toMatchObject({ message: expect.not.stringContaining("compares") });
  });

  it("refuses what is too long or too deep", () => {
    expect(compileExpression(`event.data.n == "${"x".repeat(4_096)}"`)).toMatchObject({
      message: expect.stringContaining("expressionLengthMax"),
    });
    expect(compileExpression(`${"(".repeat(1_000)}1${")".repeat(1_000)}`)).toMatchObject({ kind: "invalid" });
    expect(compileExpression(`${"[".repeat(1_000)}${"]".repeat(1_000)}`)).toMatchObject({ kind: "invalid" });
  });
});
