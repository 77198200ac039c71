import { limits } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { eventMatchOf, termsOf, valueAt } from "./event-match.ts";

const event = { name: "order/placed", data: { id: "o1", total: 5, paid: false, user: { id: 7 }, tags: ["a"], none: null } };

const match = (source: string | undefined, own: unknown = event) => eventMatchOf("order/paid", source, () => own);

describe("how a later event is recognised", () => {
  test("by its name alone, without looking at the run's own event", () => {
    const result = eventMatchOf("order/paid", undefined, () => {
      throw new Error("nobody asked for it");
    });
    expect(result).toEqual({ kind: "match", match: { eventName: "order/paid" } });
  });

  test.for([
    ["event.data.id == async.data.id", "data.id", '"o1"'],
    ["async.data.order == event.data.id", "data.order", '"o1"'],
    ["event.data.user.id == async.data.user.id", "data.user.id", "7"],
    ["event.data.paid == async.data.paid", "data.paid", "false"],
    ["async.data.kind == 'card'", "data.kind", '"card"'],
    ["async.data.n == -3", "data.n", "-3"],
  ] as const)("one equality is looked up, and nothing is left to evaluate: %s", ([source, path, value]) => {
    expect(match(source)).toEqual({ kind: "match", match: { eventName: "order/paid", term: { path, value } } });
  });

  test("an equality among other conditions is looked up, and the whole is evaluated with what it reads of the event", () => {
    expect(match("event.data.id == async.data.id && async.data.n > event.data.total")).toEqual({
      kind: "match",
      match: {
        eventName: "order/paid",
        expression: "event.data.id == async.data.id && async.data.n > event.data.total",
        term: { path: "data.id", value: '"o1"' },
        bindings: '{"data":{"id":"o1","total":5}}',
      },
    });
  });

  test("below an or nothing can be looked up", () => {
    const result = match("event.data.id == async.data.id || async.data.all == true");
    expect(result).toMatchObject({ match: { bindings: '{"data":{"id":"o1"}}' } });
    expect(result).not.toHaveProperty("match.term");
  });

  test("an equality of what is no text, number or boolean is evaluated", () => {
    expect(match("event.data.tags == async.data.tags")).toMatchObject({ match: { bindings: '{"data":{"tags":["a"]}}' } });
  });

  test.for(["event.data.absent == async.data.id", "event.data.none == async.data.id", "event.data.id.deep == async.data.id && true"])(
    "where the event lacks the path nothing matches, and the run says so: %s",
    (source) => {
      const result = match(source);
      expect(result).toMatchObject({ kind: "match", warning: expect.stringContaining("order/paid") });
      // No event's value is written like this, so no look-up finds the wait.
      expect(result).toMatchObject({ match: { term: { value: "never" } } });
    },
  );

  test("an expression that does not compile is told with its column", () => {
    expect(match("event.data.id = 1")).toMatchObject({ kind: "invalid", message: expect.stringContaining("column") });
  });

  test("what an expression may read of the event is bounded, at the limit it is not refused", () => {
    const text = (bytes: number) => ({ data: { text: "x".repeat(bytes), other: 1 } });
    const around = JSON.stringify(text(0)).length - '"other":1,'.length;
    const source = "async.data.text + '' == event.data.text + ''";
    expect(match(source, text(limits.waitBindingsBytesMax - around)).kind).toBe("match");
    expect(match(source, text(limits.waitBindingsBytesMax - around + 1))).toMatchObject({
      kind: "invalid",
      message: expect.stringContaining("waitBindingsBytesMax"),
    });
  });
});

describe("the terms of an event", () => {
  test("are its values at the paths somebody waits by, written as the waits write them", () => {
    expect(termsOf(event, ["data.id", "data.user.id", "data.absent", "data.none", "data.tags", "data.paid"])).toEqual([
      { path: "data.id", value: '"o1"' },
      { path: "data.user.id", value: "7" },
      { path: "data.paid", value: "false" },
    ]);
  });

  test("a path leads through own members only", () => {
    expect([valueAt(event, "data.user.id"), valueAt(event, "data.id.length"), valueAt(event, "data.constructor")]).toEqual([
      7,
      undefined,
      undefined,
    ]);
  });
});
