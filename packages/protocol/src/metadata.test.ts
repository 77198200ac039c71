import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "./limits.ts";
import { readMetadata, readOpMetadata, withMetadata } from "./metadata.ts";

const note = { kind: "userland.x", op: "merge", values: { a: 1 } };

test.for([
  ["nothing", []],
  ["no list", {}],
  ["too many", Array.from({ length: limits.metadataPerRequestMax + 1 }, () => note)],
  ["a kind that is too long", [{ ...note, kind: "x".repeat(limits.metadataKindBytesMax + 1) }]],
  ["no kind", [{ ...note, kind: "" }]],
  ["an op that is none", [{ ...note, op: "append" }]],
  ["values that are no object", [{ ...note, values: [1] }]],
  ["a kind of the SDK's makers that may not be posted", [{ ...note, kind: "inngest.sandbox" }]],
  ["a score with two values", [{ ...note, kind: "inngest.score", values: { q: { value: 1, more: 2 } } }]],
  ["a score that is a text", [{ ...note, kind: "inngest.score", values: { q: { value: "1" } } }]],
  ["a score whose name has a quote", [{ ...note, kind: "inngest.score", values: { "q'": { value: 1 } } }]],
] as const)("%s is refused with a sentence", ([, list]) => {
  expect(readMetadata(list)).toMatch(/^metadata.{10}/);
});

test("what is right is read, at its limits", () => {
  const list = [
    { ...note, kind: "x".repeat(limits.metadataKindBytesMax) },
    { ...note, kind: "inngest.ai" },
    { kind: "inngest.score", op: "set", values: { q: { value: false }, r: { value: 0.5 } } },
  ];
  expect(readMetadata(list)).toEqual(list);
  expect(readMetadata(Array.from({ length: limits.metadataPerRequestMax }, () => note))).toHaveLength(limits.metadataPerRequestMax);
});

test("with an op what is wrong is left out, and so are log lines; kinds nobody knows are kept", () => {
  const list = [{ ...note, kind: "inngest.sandbox", scope: "run" }, 7, { ...note, values: 1 }, { ...note, kind: "stepwell.logs" }, note];
  expect(readOpMetadata(list)).toEqual([
    { ...note, kind: "inngest.sandbox", scope: "run" },
    { ...note, scope: "step" },
  ]);
  expect(readOpMetadata({})).toEqual([]);
});

test("whatever is added up stays a JSON number", () => {
  expect(withMetadata({ a: 1e308 }, { op: "add", values: { a: 1e308 } })).toEqual({ a: 1e308 });
  expect(withMetadata({ a: 1 }, { op: "delete", values: { a: 1 } })).toBeUndefined();
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(() => readMetadata(value)).not.toThrow();
      expect(() => readOpMetadata(value)).not.toThrow();
    }),
  );
});
