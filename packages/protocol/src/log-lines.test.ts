import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "./limits.ts";
import { parseLogEntries, readOpLogs } from "./log-lines.ts";
import { parseOp } from "./ops.ts";

const line = { at: 1_700_000_000_000, level: "info", text: "hello" };
const metadata = (lines: unknown): unknown => [{ scope: "step_attempt", kind: "stepwell.logs", op: "merge", values: { lines } }];

test("an op's lines are read from its metadata of that kind", () => {
  const op = parseOp({
    op: "StepRun",
    id: "a",
    data: 1,
    metadata: [{ kind: "userland.x", values: { lines: [line] } }, ...(metadata([{ ...line, data: { n: 1 } }, line]) as unknown[])],
  });
  expect(op).toMatchObject({ kind: "StepRun", logs: [{ ...line, data: '{"n":1}' }, line] });
});

test("an op without lines has none, whatever its metadata is", () => {
  for (const given of [undefined, null, 7, {}, [], [null], metadata(undefined), metadata([]), metadata({})])
    expect(parseOp({ op: "StepRun", id: "a", data: 1, metadata: given })).not.toHaveProperty("logs");
});

test("what is no line is left out, and the others are kept", () => {
  const odd = [
    7,
    { ...line, at: "now" },
    { ...line, at: Number.NaN },
    { ...line, at: 1e300 },
    { ...line, level: "fatal" },
    { ...line, text: 7 },
    { ...line, at: 1.5 },
  ];
  expect(readOpLogs(metadata(odd))).toEqual([{ ...line, at: 1 }]);
});

test("an op's lines are read until there are more than are kept", () => {
  const text = "x".repeat(limits.logBytesPerStepMax / 2);
  expect(readOpLogs(metadata(Array.from({ length: 9 }, () => ({ ...line, text }))))).toHaveLength(3);
});

test("the lines of a request are grouped by the attempt they belong to, in their order", () => {
  const lines = [line, { ...line, stepId: "a", attempt: 1 }, { ...line, stepId: "a", attempt: 1, data: null }, { ...line, stepId: "a" }];
  expect(parseLogEntries({ lines }, 0)).toEqual({
    kind: "entries",
    count: 4,
    entries: [{ lines: [line] }, { stepId: "a", attempt: 1, lines: [line, line] }, { stepId: "a", lines: [line] }],
  });
  expect(parseLogEntries({ lines: [] }, 0)).toEqual({ kind: "entries", count: 0, entries: [] });
});

test.each([
  [{}, "lines"],
  [{ lines: {} }, "lines"],
  [{ lines: Array.from({ length: limits.logLinesPerRequestMax + 1 }, () => line) }, "lines"],
  [{ lines: [line, { ...line, level: "loud" }] }, "lines[1]"],
  [{ lines: [{ ...line, at: -1 }] }, "lines[0]"],
  [{ lines: [{ ...line, text: null }] }, "lines[0]"],
  [{ lines: [{ ...line, stepId: "" }] }, "lines[0]"],
  [{ lines: [{ ...line, stepId: "x".repeat(limits.functionIdLengthMax + 1) }] }, "lines[0]"],
  [{ lines: [{ ...line, attempt: -1 }] }, "lines[0]"],
  [{ lines: [{ ...line, attempt: 0.5 }] }, "lines[0]"],
])("a request of lines with a mistake is refused whole (%#)", (body, path) => {
  expect(parseLogEntries(body, 0)).toMatchObject({ kind: "invalid", code: "invalid_request", path });
});

test("data that is nested too deep is refused with its own code", () => {
  const text = `{"lines":[{"at":1,"level":"info","text":"","data":${"[".repeat(limits.jsonDepthMax)}${"]".repeat(limits.jsonDepthMax)}}]}`;
  expect(parseLogEntries(JSON.parse(text), text.length)).toMatchObject({ kind: "invalid", code: "json_too_deep" });
});

test("whatever comes is read or refused, and never thrown at", () => {
  const keys = fc.constantFrom("lines", "at", "level", "text", "data", "stepId", "attempt", "kind", "values");
  fc.assert(
    fc.property(fc.dictionary(keys, fc.jsonValue({ maxDepth: 4 })), (value) => {
      parseLogEntries(value, 0);
      parseLogEntries({ lines: [value] }, 0);
      readOpLogs([value]);
      readOpLogs(metadata([value]));
    }),
  );
});
