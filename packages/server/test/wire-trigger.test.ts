import { expect, test } from "vitest";
import { wireTrigger } from "../src/routes/wire-trigger.ts";

test("a trigger is written as an app writes it, without what is so by default", () => {
  expect(wireTrigger({ kind: "event", event: "a/b" })).toEqual({ event: "a/b" });
  expect(wireTrigger({ kind: "event", event: "a/b", expression: "true" })).toEqual({ event: "a/b", expression: "true" });
  const cron = "TZ=Europe/Paris 0 2 * * *";
  expect(wireTrigger({ kind: "cron", cron, timeZone: "Europe/Paris", catchUp: "last", overlap: "allow" })).toEqual({ cron });
  expect(wireTrigger({ kind: "cron", cron, jitterMs: 90_000, catchUp: "none", overlap: "skip" })).toEqual({
    cron,
    jitter: "1m30s",
    catchUp: "none",
    overlap: "skip",
  });
});
