import { asJson, epochMs } from "@stepwell/protocol";
import type { FunctionRecord, StoredEvent } from "@stepwell/store";
import { expect, test } from "vitest";
import { falseConditions } from "./false-conditions.ts";

function functionOf(slug: string, ...triggers: readonly (readonly [event: string, expression?: string])[]): FunctionRecord {
  const config = {
    triggers: triggers.map(([event, expression]) => ({ kind: "event", event, ...(expression === undefined ? {} : { expression }) })),
  };
  return { slug, config } as unknown as FunctionRecord;
}

function told(data: object, ...functions: readonly FunctionRecord[]): unknown {
  const event = {
    id: "01J00000000000000000000000",
    name: "shop/order.placed",
    ts: epochMs(1),
    receivedAt: epochMs(1_000),
    data: asJson(data),
  };
  return falseConditions(functions, event as unknown as StoredEvent).map(({ function: { slug }, ...rest }) => ({ slug, ...rest }));
}

test("a condition that is false is told with what it read", () => {
  const fn = functionOf("mirror", ["shop/order.placed", "event.data.total > 500 && event.data.user.plan == 'pro'"]);
  expect(told({ total: 129.9, user: { plan: "free" } }, fn)).toEqual([
    {
      slug: "mirror",
      expression: "event.data.total > 500 && event.data.user.plan == 'pro'",
      read: { "event.data.total": 129.9, "event.data.user.plan": "free" },
    },
  ]);
  expect(told({ total: 501, user: { plan: "pro" } }, fn)).toEqual([]);
});

test("what is not there is left out, and a place that is read twice is told once", () => {
  const fn = functionOf("mirror", ["shop/order.placed", "event.data.a == 1 || event.data.a == event.data.b"]);
  expect(told({ a: 2 }, fn)).toMatchObject([{ read: { "event.data.a": 2 } }]);
});

test("wildcards count; other names, functions without a condition and conditions that cannot be computed do not", () => {
  expect(
    told(
      { n: 1 },
      functionOf("wild", ["shop/*", "event.data.n > 1"]),
      functionOf("other", ["shop/order.cancelled", "event.data.n > 1"]),
      functionOf("always", ["shop/order.placed"]),
      functionOf("broken", ["shop/order.placed", "int(event.name) > 1"]),
    ),
  ).toMatchObject([{ slug: "wild" }]);
});

test("of several triggers every one must be false, and all are told", () => {
  const both = functionOf("both", ["shop/order.placed", "event.data.n > 1"], ["shop/*", "event.data.n < 0"]);
  expect(told({ n: 1 }, both)).toMatchObject([{ expression: "event.data.n > 1 or event.data.n < 0" }]);
  expect(told({ n: -1 }, both)).toEqual([]);
  expect(told({ n: 1 }, functionOf("one", ["shop/order.placed", "event.data.n > 1"], ["shop/*"]))).toEqual([]);
});

test("time is that of the event's receipt", () => {
  const fn = functionOf("late", ["shop/order.placed", "now() > timestamp('1970-01-02T00:00:00Z')"]);
  expect(told({}, fn)).toMatchObject([{ slug: "late", read: {} }]);
});
