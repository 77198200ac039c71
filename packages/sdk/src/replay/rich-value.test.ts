import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { callOnce } from "../../test/call-once.ts";
import { engineWorld } from "../../test/engine-world.ts";
import { Stepwell } from "../index.ts";
import type { FoundStep } from "./found-step.ts";
import { useParts } from "./known-parts.ts";
import { readMemo } from "./memos.ts";
import { rareParts } from "./rare-parts.ts";
import { recordedInput } from "./recorded-input.ts";
import { type EncodedResult, encodeResult as encode, encodeOutput } from "./rich-value.ts";

useParts(rareParts);
const encodeResult = (...given: Parameters<typeof encode>) => encode(...given) as EncodedResult;

/** What a replay gives of what was recorded. */
function replayed({ text, types }: ReturnType<typeof encodeResult>): unknown {
  const memo = readMemo(JSON.parse(types === undefined ? `{"data":${text}}` : `{"data":${text},"types":${types}}`));
  return memo.kind === "data" ? memo.data : memo;
}

const rich: Readonly<Record<string, unknown>> = {
  date: new Date(1_700_000_000_123),
  "a date that is none": new Date(Number.NaN),
  map: new Map<unknown, unknown>([
    ["a", 1],
    [{ b: 2 }, new Date(5)],
    ["nested", new Map([[1n, new Set([undefined])]])],
  ]),
  set: new Set<unknown>(["a", 1, new Date(7), [new Set([2n])]]),
  "big integer": 12_345_678_901_234_567_890n,
  undefined: undefined,
  "undefined in an object and a list": { none: undefined, list: [1, undefined, null] },
  "numbers beyond JSON": [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0],
  bytes: Uint8Array.of(0, 127, 255),
  floats: Float64Array.of(1.5, Number.NaN, -0),
  "wide integers": BigInt64Array.of(-1n, 2n ** 62n),
  "other arrays": [
    Int8Array.of(-1),
    Uint16Array.of(65_535),
    Int32Array.of(-5),
    Uint32Array.of(5),
    Float32Array.of(0.5),
    Uint8ClampedArray.of(300),
  ],
  buffer: Buffer.from("hé"),
  "array buffer": Uint8Array.of(1, 2, 3).buffer,
  error: new TypeError("no", { cause: new Error("deep") }),
  "deep in plain data": { a: [{ b: { c: new Date(9), "0": [new Map()] } }], "": new Date(1), "x.y": 5n },
};

describe("what a step returns", () => {
  test.each(Object.entries(rich))("comes back as it was: %s", (_, value) => {
    const encoded = encodeResult(value, "a", true);
    expect(encoded.value).toStrictEqual(value);
    expect(replayed(encoded)).toStrictEqual(value);
  });

  test("is plain JSON for whoever knows no types", () => {
    const value = { at: new Date(0), tags: new Set([1]), big: 5n, none: undefined, list: [undefined] };
    expect(JSON.parse(encodeResult(value, "a", true).text)).toEqual({ at: "1970-01-01T00:00:00.000Z", tags: {}, big: "5", list: [null] });
  });

  test("has no types where plain JSON says all", () => {
    for (const value of [null, 1, "text", true, [], {}, { a: [1, { b: null }] }])
      expect(encodeResult(value, "a", true)).not.toHaveProperty("types");
  });

  test("is plain JSON on a server that keeps no types, on the first run as well", () => {
    expect(encodeResult({ at: new Date(0), none: undefined }, "a", false)).toEqual({
      text: '{"at":"1970-01-01T00:00:00.000Z"}',
      value: { at: "1970-01-01T00:00:00.000Z" },
    });
    expect(encodeResult(undefined, "a", false)).toEqual({ text: "null", value: null });
    expect(encodeResult(5n, "a", false).value).toBe("5");
  });

  test("with a toJSON of its own is what that says", () => {
    expect(encodeResult({ money: { toJSON: () => "5 EUR" } }, "a", true)).toMatchObject({ value: { money: "5 EUR" } });
  });

  test("is a copy: what the function does to it later is not what was recorded", () => {
    const value = { list: [1] };
    const encoded = encodeResult(value, "a", true);
    value.list.push(2);
    expect(encoded.value).toEqual({ list: [1] });
  });

  test("survives, whatever it is", () => {
    const leaf = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.date(), fc.bigInt(), fc.constant(undefined), fc.double(), fc.uint8Array());
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.string({ maxLength: 3 }), tie("value"), { maxKeys: 3, noNullPrototype: true }),
        fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((entries) => new Map(entries)),
        fc.array(tie("value"), { maxLength: 3 }).map((members) => new Set(members)),
      ),
    }));
    fc.assert(
      fc.property(value, (each) => {
        const encoded = encodeResult(each, "a", true);
        expect(replayed(encoded)).toStrictEqual(encoded.value);
        expect(encoded.value).toStrictEqual(each);
      }),
      { numRuns: 300 },
    );
  });
});

describe("what cannot be recorded says so", () => {
  const loop = new Map<string, unknown>();
  loop.set("again", { loop });
  const list: unknown[] = [];
  list.push(new Set([list]));

  test.each([
    ["a map that contains itself", loop, /contains itself/],
    ["a list in a set in itself", list, /contains itself/],
    ["a list that is its own member", [list, list], /contains itself/],
    ["a promise somewhere in it", { rows: [Promise.resolve(1)] }, /its member rows\.0 is a promise that was not awaited/],
    ["a promise in a map", new Map([["x", Promise.resolve(1)]]), /its member 0\.1 is a promise/],
  ])("%s", (_, value, message) => {
    expect(() => encodeResult(value, "a", true)).toThrow(expect.objectContaining({ code: "result_not_serializable", retryable: false }));
    expect(() => encodeResult(value, "a", true)).toThrow(message);
  });

  // A walk that forgot what it stands in would take each of these by every way there is, and be at it for ever.
  const twice: Record<string, unknown> = { big: 1n };
  twice["one"] = twice;
  twice["other"] = twice;
  interface Node {
    readonly children: Node[];
    readonly parent?: Node;
    readonly at: Date;
  }
  const branch = (parent: Node, depth: number): Node => {
    const node: Node = { children: [], parent, at: new Date(0) };
    if (depth > 0) for (let each = 0; each < 10; each += 1) node.children.push(branch(node, depth - 1));
    return node;
  };
  const tree = branch({ children: [], at: new Date(0) }, 2);

  test.each([
    ["an object with two ways back to itself", twice],
    ["a tree whose nodes know their parents", tree],
    ["such a tree in a map", new Map([["tree", tree]])],
    ["such a tree in a list in a set", new Set([[tree, tree]])],
    ["an object of a class with two ways back", Object.assign(Object.create({ a: 1 }) as object, { one: twice, other: tree })],
  ])("%s, at once", (_, value) => {
    expect(() => encodeResult(value, "a", true)).toThrow(/contains itself/);
    expect(() => encodeOutput(value, true)).toThrow(/contains itself/);
    const call = { id: "a", name: "a", type: "step.run", race: false, work: { kind: "run", input: [value] } };
    // Of a map or a set plain JSON has nothing.
    const isEmpty = value instanceof Map || value instanceof Set;
    expect(recordedInput({ call } as unknown as FoundStep)).toBe(isEmpty ? "[{}]" : undefined);
    if (isEmpty) expect(encodeResult(value, "a", false).text).toBe("{}");
    else expect(() => encodeResult(value, "a", false)).toThrow(/contains itself/);
  });

  test.each([
    ["Response", new Response("x")],
    ["RegExp", /a/],
    ["Money", new (class Money {})()],
  ])("a %s, of which JSON has nothing, is a warning", (name, value) => {
    expect(encodeResult(value, "a", true)).toMatchObject({
      text: "{}",
      warning: expect.stringContaining(`step "a" returned a ${name}, of which`),
    });
  });

  test.each([{}, Object.create(null), runInNewContext("({})"), new Map(), new Error("x"), { toJSON: () => ({}) }])(
    "%j is none",
    (value) => {
      expect(encodeResult(value, "a", true).warning).toBeUndefined();
    },
  );

  test("the same object twice is no loop", () => {
    const shared = { at: new Date(0) };
    const value = { a: shared, b: [shared], c: new Map([["x", shared]]) };
    expect(encodeResult(value, "a", true).value).toStrictEqual(value);
  });
});

describe("on a run", () => {
  const value = () => ({ at: new Date(0), tags: new Set(["x"]), none: undefined });

  test("both readings: the function has what it was, people have plain JSON", async () => {
    const app = new Stepwell({ id: "app" });
    const seen: unknown[] = [];
    const keeps = app.createFunction({ id: "keeps", triggers: { event: "go" } }, async ({ step }) => {
      seen.push(await step.run("a", value));
      await step.sleep("nap", "1s");
    });
    const world = await engineWorld(app, [keeps]);
    await world.runOf(await world.send({ name: "go" }));
    expect(seen).toStrictEqual([value(), value()]);
    const [run] = (await world.engine.reports.listRuns({}, { limit: 1 })).rows;
    const [step] = await world.engine.reports.runSteps(run?.id as never);
    expect(JSON.parse(step?.memo ?? "")).toMatchObject({ data: { at: "1970-01-01T00:00:00.000Z", tags: {} } });
  });

  test("a function's own result is plain JSON for another server", async () => {
    const app = new Stepwell({ id: "app" });
    const fn = app.createFunction({ id: "f", triggers: { event: "go" } }, () => ({ at: new Date(0), big: 5n, none: undefined }));
    expect(await callOnce(app, fn, { isOwnServer: false })).toMatchObject({ data: '{"at":"1970-01-01T00:00:00.000Z","big":"5"}' });
  });
});
