import type { FunctionConfig, Trigger } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { isFailureHandler } from "./failure-handler.ts";

const handler = (slug: string, ...triggers: readonly Trigger[]): boolean =>
  isFailureHandler({ slug, name: slug, triggers, url: "http://localhost:1/", retries: 1, options: {} } satisfies FunctionConfig);

const failedOf = (slug: string, quote = "'"): Trigger => ({
  kind: "event",
  event: "inngest/function.failed",
  expression: `event.data.function_id == ${quote}${slug}${quote}`,
});

test("what an SDK registers for onFailure is told from an ordinary function that listens to failures", () => {
  expect(handler("shop-charge-failure", failedOf("shop-charge"))).toBe(true);
  expect(handler("shop-charge-failure", failedOf("shop-charge", '"'))).toBe(true);
  expect(handler("shop-watch", failedOf("shop-charge"))).toBe(false);
  expect(handler("shop-other-failure", failedOf("shop-charge"))).toBe(false);
  expect(handler("shop-charge-failure", { kind: "event", event: "inngest/function.failed" })).toBe(false);
  expect(handler("shop-charge-failure", failedOf("shop-charge"), { kind: "event", event: "x" })).toBe(false);
});
