import { describe, expect, test } from "vitest";
import { parseCheckpoint } from "./checkpoint.ts";
import { parseEventBody } from "./event.ts";
import { epochMs } from "./ids.ts";
import { isTooDeep } from "./json-depth.ts";
import { limits } from "./limits.ts";
import { encodeQueueItemToken } from "./queue-item-token.ts";
import { readReply } from "./reply.ts";
import { parseRegisterRequest } from "./sync.ts";

/** The text of a value of so many levels; built as text, since what writes JSON has limits of its own. */
function nested(levels: number, [open, close] = ["[", "]"]): string {
  return open.repeat(levels) + close.repeat(levels);
}

const max = limits.jsonDepthMax;
const far = 100_000;
const runId = "01J00000000000000000000000";
const sdk = { "x-inngest-sdk": "js:v4.0.0", "x-inngest-req-version": "2" };
const reply = (status: number, body: string) => readReply({ status, headers: sdk, body }, epochMs(0));
const tooDeep = { code: "json_too_deep", message: expect.stringContaining(`${max} levels deep (jsonDepthMax)`) };
const failed = { kind: "error", code: "json_too_deep", noRetry: true };

test("lists and objects count alike, and what they hold does not", () => {
  const mixed = (levels: number): unknown => JSON.parse(`{"a":1,"b":${nested(levels - 1, ['{"x":[', "]}"])}}`);
  expect(isTooDeep(JSON.parse(nested(max)), max * 2)).toBe(false);
  expect(isTooDeep(JSON.parse(nested(max)), far)).toBe(false);
  expect(isTooDeep(JSON.parse(nested(max + 1)), far)).toBe(true);
  expect(isTooDeep(mixed(max / 2), far)).toBe(false);
  expect(isTooDeep(mixed(max / 2 + 1), far)).toBe(true);
  expect(isTooDeep("[".repeat(far), far)).toBe(false);
});

describe("at the limit it is taken, one level further refused", () => {
  test.each([
    ["data", (levels: number) => `{"name":"a","data":{"x":${nested(levels - 2)}}}`],
    ["user", (levels: number) => `{"name":"a","user":{"x":${nested(levels - 2)}}}`],
    ["anything else", (levels: number) => `{"name":"a","other":${nested(levels - 1)}}`],
  ])("an event's %s", (_, event) => {
    expect(parseEventBody(`[${event(max)}]`).kind).toBe("events");
    for (const levels of [max + 1, far])
      expect(parseEventBody(`[{"name":"fine"},${event(levels)}]`)).toEqual({ kind: "refused", index: 1, ...tooDeep });
  });

  test("the result of a step", () => {
    const op = (levels: number): string => `[{"op":"StepRun","id":"a","displayName":"load","data":${nested(levels - 1)}}]`;
    expect(reply(206, op(max)).kind).toBe("ops");
    for (const levels of [max + 1, far])
      expect(reply(206, op(levels))).toMatchObject({
        ...failed,
        error: { message: expect.stringMatching(/^op 0: what step "load" gave/) },
      });
  });

  test("a step's error, and what an op asks for", () => {
    expect(reply(206, `[{"op":"StepError","id":"a","error":{"data":${nested(max)}}}]`)).toMatchObject(failed);
    expect(reply(206, `[{"op":"InvokeFunction","id":"a","opts":${nested(max)}}]`)).toMatchObject(failed);
  });

  test("the result of a function, also in a stream and encoded twice", () => {
    const twice = (levels: number): string => JSON.stringify(`{"a":${nested(levels - 1)}}`);
    expect(reply(200, nested(max)).kind).toBe("result");
    expect(reply(200, twice(max)).kind).toBe("result");
    expect(reply(201, `{"status":200,"body":${nested(max)}}`).kind).toBe("result");
    for (const levels of [max + 1, far]) {
      expect(reply(200, nested(levels))).toMatchObject(failed);
      expect(reply(200, twice(levels))).toMatchObject(failed);
      expect(reply(201, `{"status":200,"body":${nested(levels)}}`)).toMatchObject(failed);
      expect(reply(201, JSON.stringify({ status: 200, body: nested(levels) }))).toMatchObject(failed);
    }
  });

  test("a checkpoint", () => {
    const body = (levels: number): string =>
      `{"qi_id":"${encodeQueueItemToken({ itemId: runId as never, generation: 1 })}","steps":[{"op":"StepRun","id":"a","data":${nested(levels - 1)}}]}`;
    expect(parseCheckpoint(body(max), runId).kind).toBe("checkpoint");
    for (const levels of [max + 1, far])
      expect(parseCheckpoint(body(levels), runId)).toMatchObject({ kind: "refused", status: 400, ...tooDeep });
  });

  test("a registration", () => {
    const body = (levels: number): string => `{"appName":"a","url":"http://localhost/","functions":[],"more":${nested(levels - 1)}}`;
    expect(parseRegisterRequest(body(max)).kind).toBe("register");
    for (const levels of [max + 1, far]) expect(parseRegisterRequest(body(levels))).toMatchObject({ kind: "refused", ...tooDeep });
  });
});

test("of a function's error that is nested too deep the text is kept", () => {
  const body = `{"name":"Error","message":"boom","cause":${nested(far)}}`;
  expect(reply(500, body)).toMatchObject({ kind: "error", code: "function_error", error: { message: body } });
  expect(reply(500, JSON.stringify({ error: body }))).toMatchObject({ kind: "error", code: "function_error" });
});
