import { describe, expect, it } from "vitest";
import { compileExpression, type Expression } from "./compile.ts";
import { evaluateCondition, evaluateKey, evaluateNumber } from "./evaluate.ts";

const now = Date.parse("2026-03-01T12:00:00Z");

const event = {
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

const async = { name: "shop/order.paid", data: { n: 3, text: "Ada Lovelace", nothing: null } };

function compiled(source: string): Expression {
  const result = compileExpression(source);
  if (result.kind === "invalid") throw new Error(`${source}: ${result.message}`);
  return result.expression;
}

/** The result as a key shows it, so that tables can hold values of every kind. */
function keyOf(source: string): string {
  const result = evaluateKey(compiled(source), { event, async, now });
  return result.kind === "error" ? `error: ${result.message}` : result.value.text;
}

/** Sources by the text they come out as. `M` is short for a path that leads nowhere. */
function table(title: string, rows: Readonly<Record<string, readonly string[]>>): void {
  describe(title, () => {
    const cases = Object.entries(rows).flatMap(([expected, sources]) => sources.map((source) => [source, expected] as const));
    it.each(cases)("%s is %s", (source, expected) => {
      expect(keyOf(source.replaceAll(/\bM\b/g, "event.data.absent"))).toBe(expected);
    });
  });
}

function refused(title: string, sources: readonly string[]): void {
  describe(title, () => {
    it.each(sources)("%s is an error", (source) => {
      expect(keyOf(source.replaceAll(/\bM\b/g, "event.data.absent"))).toMatch(/^error: ./);
    });
  });
}

table("what is missing equals null and nothing else", {
  true: [
    "M == null",
    "null == M",
    "event.data.map.absent.deeper == null",
    "event.absent == null",
    "M != 1",
    "M != ''",
    "M != event.data.n",
    "M != false",
    "event.data.text.absent == null",
  ],
  false: [
    "M != null",
    "null != M",
    "M == 1",
    "M == 'x'",
    "'' == M",
    "M == false",
    "M == 0",
    "M == []",
    "M == event.data.n",
    "M == async.data.n",
  ],
});

table("what is missing does not equal what is missing", {
  false: ["M == M", "event.data.absent == async.data.absent", "event.data.absent == event.data.other"],
  true: ["M != M"],
});

table("what is missing on the left comes before everything", {
  true: ["M < 1", "M <= 1", "M < -5", "M <= 'a'", "M < ''", "M < event.data.n", "M < M"],
  false: ["M > 1", "M >= 1", "M > ''", "M >= -5", "M >= M"],
});

table("what is missing on the right comes before everything", {
  true: ["1 > M", "1 >= M", "'a' > M", "event.data.n >= M", "-5 > M"],
  false: ["1 < M", "1 <= M", "'a' < M", "event.data.n <= M"],
});

table("what is missing adds nothing", {
  "5": ["M + 5", "5 + M"],
  a: ["M + 'a'", "'a' + M"],
  "3": ["M + event.data.n"],
  "[1,2,3]": ["M + event.data.list"],
  false: ["M + M"],
});

table("what is missing has no size, no members and no methods", {
  "0": ["size(M)", "M.size()"],
  false: [
    "M in [1, 2]",
    "M in event.data.list",
    "M in M",
    "1 in M",
    "M.contains('a')",
    "M.startsWith('a')",
    "M.endsWith('')",
    "M.matches('.*')",
    "M.exists(i, true)",
    "M.all(i, true)",
    "M.map(i, i)",
    "M.filter(i, true)",
    "M.exists_one(i, true)",
    "M.getHours()",
    "'a'.contains(M)",
    "lowercase(M)",
    "date(M)",
  ],
  "": ["string(M)"],
});

table("an expression that is one missing path is false", {
  false: ["M", "event.absent", "event.data.list[7]", "event.data.list[-1]", "event.data.map['x']", "event.data.n.x"],
});

table("null beside a value of a kind", {
  false: [
    "null == 1",
    "event.data.nothing == ''",
    "event.data.nothing == false",
    "event.data.nothing == 0",
    "null > 1",
    "null < -1",
    "null > 'a'",
    "null > true",
    "null < 0",
    "null < duration('-1s')",
  ],
  true: [
    "null != 1",
    "event.data.nothing != ''",
    "null == null",
    "event.data.nothing == null",
    "async.data.nothing == event.data.nothing",
    "null < 1",
    "null <= 0",
    "null >= 0",
    "null > -1",
    "null < 'a'",
    "null <= ''",
    "null < true",
    "event.data.nothing < 0.5",
    "1 > null",
    "null < now()",
    "null <= null",
    "null < duration('1s')",
    "has(event.data.nothing)",
    "event.data.holes[1] == null",
  ],
  "5": ["null + 5", "5 + null", "5 - null"],
  a: ["null + 'a'", "'a' + null"],
});

table("values of different kinds are unequal, and that is no error", {
  false: [
    "'3' == 3",
    "event.data.digits == 42",
    "event.data.n == '3'",
    "true == 1",
    "'true' == true",
    "[1] == 1",
    "{'a': 1} == [1]",
    "event.data.zero == false",
    "event.data.empty == false",
    "now() == 'now'",
  ],
  true: ["'3' != 3", "event.data.digits != 42", "true != 1"],
});

table("whole numbers and fractions compare by value", {
  true: [
    "event.data.n == 3",
    "3 == event.data.n",
    "event.data.n == 3.0",
    "3.0 == 3",
    "event.data.n < 4",
    "event.data.half < 1",
    "1 > event.data.half",
    "int(event.data.half) == 0",
    "event.data.n >= 3",
    "int(event.data.n) == event.data.n",
    "event.data.n == async.data.n",
    "5u == 5",
    "3 in event.data.list",
    "3.0 in [1, 2, 3]",
    "9007199254740993 > 9007199254740992.0",
  ],
  false: [
    "event.data.n == 4",
    "event.data.half == 0",
    "9007199254740993 == 9007199254740992",
    "9007199254740993 == 9007199254740992.0",
    "0.0 / 0.0 <= 1",
    "0.0 / 0.0 >= 1",
    "0.0 / 0.0 == 0.0 / 0.0",
  ],
});

table("text and a number add up to text", {
  a1: ["'a' + 1", "'a' + 1.0", "'a' + double(1)"],
  "1a": ["1 + 'a'"],
  a3: ["'a' + event.data.n"],
  "0.5%": ["event.data.half + '%'"],
  ab: ["'a' + 'b'"],
  "shop/order.placed:3": ["event.name + ':' + event.data.n"],
});

table("conditions follow JavaScript's truth and give an operand back", {
  "Ada Lovelace": [
    "event.data.text || 'x'",
    "event.data.yes && event.data.text",
    "event.data.empty || event.data.text",
    "M || event.data.text",
    "event.data.nothing || event.data.text",
  ],
  "3": ["event.data.zero || event.data.n", "event.data.text && event.data.n"],
  "0": ["event.data.zero && event.data.n", "event.data.no || event.data.zero"],
  "": ["event.data.empty && true"],
  true: ["!M", "!event.data.zero", "!event.data.empty", "!event.data.nothing", "true || M", "M || true"],
  false: ["M || M", "M && true", "true && M", "M && M", "!event.data.text", "!event.data.list", "false || M", "(M && true) == null"],
  null: ["event.data.nothing && true"],
});

table("one side of a condition makes up for an error of the other", {
  true: ["int('x') == 1 || true", "true || int('x') == 1"],
  false: ["int('x') == 1 && false", "false && int('x') == 1"],
});

table("a choice on what is missing takes the other branch", {
  no: ["M ? 'yes' : 'no'", "event.data.zero ? 'yes' : 'no'", "event.data.nothing ? 'yes' : 'no'", "M == 1 ? 'yes' : 'no'"],
  yes: ["event.data.n ? 'yes' : 'no'", "M == null ? 'yes' : 'no'", "true ? 'yes' : int('x')"],
});

table("macros", {
  true: [
    "has(event.data.n)",
    "has(event.data.map['two words'])",
    "event.data.list.all(i, i > 0)",
    "event.data.list.exists(i, i == 2)",
    "event.data.list.exists_one(i, i > 2)",
    "event.data.none.all(i, false)",
    "event.data.items.exists(i, i.sku == 'b' && i.price > 10)",
    "event.data.items.all(i, event.data.list.exists(j, j < i.price))",
    "event.data.map.exists(key, key == 'a')",
    "event.data.list.exists(event, event == 3)",
    "event.data.holes.exists(i, i + {} == 1 || i == 1)",
    "[1, 'a'].exists(i, i - 1 == 0)",
    "['a', 1].exists(i, i - 1 == 0)",
  ],
  false: [
    "has(M)",
    "has(event.absent.deeper)",
    "event.data.list.all(i, i > 1)",
    "event.data.none.exists(i, true)",
    "event.data.list.exists_one(i, i > 1)",
    "event.data.items.all(i, i.absent == 1)",
    "['a', 1].all(i, i - 1 == 5)",
  ],
  "[2,4,6]": ["event.data.list.map(i, i * 2)"],
  "[4,6]": ["event.data.list.map(i, i > 1, i * 2)"],
  "[2,3]": ["event.data.list.filter(i, i > 1)"],
  '["a","b"]': ["event.data.items.map(i, i.sku)"],
  '["b"]': ["event.data.items.filter(i, i.price > 10).map(i, i.sku)"],
  "[[1,2],[2,3]]": ["[1, 2].map(i, [i, i + 1])"],
});

table("functions of text", {
  true: [
    "event.data.text.contains('Love')",
    "event.data.text.startsWith('Ada')",
    "event.data.text.endsWith('lace')",
    "event.data.text.matches('^[A-Z][a-z]+ [A-Z]')",
    "matches(event.data.text, 'L.v')",
    "'a' < 'b'",
    "'B' < 'a'",
    "'\\uFFFD' < '\\U0001F600'",
    "'a' < 'aa'",
    "json_parse(event.data.json).a[1] == 2",
    "json_parse(b64decode(event.data.encoded)).a == [1, 2]",
    "'two words' in event.data.map",
  ],
  false: ["event.data.text.contains('love')", "event.data.text.matches('^Love')", "'a' in event.data.map.absent", "'b' in event.data.map"],
  "12": ["size(event.data.text)", "event.data.text.size()"],
  "1": ["size('\\U0001F600')", "event.data.map['a']"],
  "3": ["size(event.data.list)", "size(event.data.map)", "event.data.map['a.b']"],
  "0": ["size('')", "size(null)", "size([])", "size({})"],
  "ada lovelace": ["lowercase(event.data.text)", "event.data.text.lowerAscii()"],
  "ADA LOVELACE": ["uppercase(event.data.text)", "event.data.text.upperAscii()"],
  Äb: ["'ÄB'.lowerAscii()"],
  x: ["'  x '.trim()"],
  hé: ["b64decode('aMOp')"],
  '{"a":[1,2]}': ["b64decode(event.data.encoded)", "json_parse(event.data.json)"],
});

table("conversions", {
  "42": ["int(event.data.digits)", "int('42')", "int(42.9)", "uint(42)", "double('42')", "string(42)"],
  "-42": ["int(-42.9)", "int('-42')"],
  "1772366400": ["int(now())"],
  "0.5": ["double('0.5')", "string(event.data.half)", "double('5e-1')"],
  true: [
    "bool('true')",
    "type(1) == int",
    "type(event.data.n) == double",
    "type('a') == string",
    "type(null) == null_type",
    "type([]) == list",
    "type({}) == map",
    "dyn(1) == 1",
    "type(true) == bool",
  ],
  "-9223372036854775808": ["-9223372036854775808"],
  "9223372036854775807": ["9223372036854775807"],
});

table("arithmetic", {
  "7": ["1 + 2 * 3", "event.data.n * 2 + 1", "7 % 10", "-(-7)"],
  "1.5": ["event.data.n / 2", "event.data.n * event.data.half", "3 * 0.5"],
  "1": ["3 / 2", "event.data.n % 2", "7 % 2"],
  "-1": ["-7 / 4", "2 - event.data.n"],
  "[1,2]": ["[1] + [2]"],
});

table("instants and durations", {
  true: [
    "date(event.ts) == now()",
    "timestamp('2026-03-01T12:00:00Z') == now()",
    "date('2026-03-01') < now()",
    "date(1772366400) == now()",
    "timestamp(1772366400000) == now()",
    "date(event.data.at) == now_minus('24h')",
    "now_plus(duration('1h')) - now() == duration('60m')",
    "now_plus('1h30m') > now()",
    "now() + duration('1h') == now_plus('1h')",
    "now() - duration('1h') == now_minus('1h')",
    "duration('1h') > duration('59m')",
    "duration('-1h') < duration('0s')",
    "-duration('1h') == duration('-1h')",
    "date(event.data.at) + duration('1d') == now()",
  ],
  "2026-03-01T12:00:00Z": ["now()", "string(now())"],
  "2026-03-01T12:00:00.5Z": ["now_plus('500ms')"],
  "90s": ["duration('1m30s')"],
  "2026": ["now().getFullYear()"],
  "2": ["now().getMonth()", "duration('2h5m').getHours()"],
  "1": ["now().getDate()"],
  "0": ["now().getDayOfMonth()", "now().getDayOfWeek()", "now().getMinutes()", "now().getSeconds()", "now().getMilliseconds()"],
  "59": ["now().getDayOfYear()"],
  "12": ["now().getHours()"],
  "13": ["now().getHours('Europe/Vienna')", "now().getHours('+01:00')"],
  "7": ["now().getHours('America/New_York')", "now().getHours('-05:00')"],
  "125": ["duration('2h5m').getMinutes()"],
  "28": ["timestamp('2026-03-01T02:00:00Z').getDate('America/New_York')"],
});

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

refused("what cannot be computed", [
  "'a' < 1",
  "[] < {}",
  "true + 1",
  "true - false",
  "1 / 0",
  "1 % 0",
  "9223372036854775807 + 1",
  "int(1e300)",
  "int('x')",
  "int('')",
  "int([])",
  "uint(-1)",
  "double('x')",
  "double('0x10')",
  "bool('maybe')",
  "duration('soon')",
  "date('soon')",
  "date(true)",
  "timestamp(1e300)",
  "now_plus('x')",
  "-'a'",
  "size(1)",
  "1 in 1",
  "event.data.n.contains('a')",
  "'a'.contains(1)",
  "b64decode('***')",
  "json_parse('{')",
  "lowercase(1)",
  "'a'.matches('(' + 'x')",
  "'a'.getHours()",
  "duration('1h').getMonth()",
  "now().getHours('Nowhere/Here')",
  "now().getHours(1)",
  "event.data.n.exists(i, true)",
  "null.exists(i, true)",
  "['a', 1].all(i, i - 1 == 0)",
]);

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
