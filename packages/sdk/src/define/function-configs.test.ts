// What the SDK registers is what the server reads: each option with numbers where people may give numbers.

import { parseRegisterRequest } from "@stepwell/protocol";
import { describe, expect, test } from "vitest";
import { Stepwell } from "../client/stepwell.ts";
import { functionConfigs } from "./function-configs.ts";
import type { Cancellation, FunctionOptions } from "./function-options.ts";

const client = new Stepwell({ id: "app", isDev: true });

/** As the server understands it. */
function registered(options: Omit<FunctionOptions, "id">, trigger: object = { event: "go" }) {
  const made = client.createFunction({ id: "f", ...options }, trigger as { event: string }, () => 1);
  const functions = functionConfigs(client, [made], "http://localhost:3000/api/stepwell");
  const parsed = parseRegisterRequest(JSON.stringify({ appName: "app", url: "http://localhost:3000/", sdk: "stepwell", functions }));
  if (parsed.kind !== "register") throw new Error(parsed.message);
  const [config] = parsed.request.functions;
  if (config === undefined) throw new Error("nothing was registered");
  return config;
}

describe("an option is registered as the server reads it", () => {
  test.for<[keyof FunctionOptions, Omit<FunctionOptions, "id">, object]>([
    ["throttle", { throttle: { limit: 2, period: 60_000 } }, { throttle: { limit: 2, periodMs: 60_000 } }],
    [
      "rateLimit",
      { rateLimit: { limit: 2, period: "1h", smoothing: true } },
      { rateLimit: { limit: 2, periodMs: 3_600_000, smoothing: true } },
    ],
    ["debounce", { debounce: { period: 5_000, timeout: "1m" } }, { debounce: { periodMs: 5_000 } }],
    ["singleton", { singleton: { mode: "cancel", key: "event.data.k" } }, { singleton: { mode: "cancel", key: "event.data.k" } }],
    [
      "circuitBreaker",
      { circuitBreaker: { failures: 3, window: 60_000, cooldown: "30s", key: "event.data.k" } },
      { circuitBreaker: { failures: 3, windowMs: 60_000, cooldownMs: 30_000, key: "event.data.k" } },
    ],
  ])("%s", ([, options, read]) => {
    expect(registered(options).options).toMatchObject(read);
  });

  test.for<[Cancellation, string | undefined]>([
    [{ event: "x", match: "data.id" }, "event.data.id == async.data.id"],
    [{ event: "x", if: "async.data.ok" }, "async.data.ok"],
    [{ event: "x", match: "data.id", if: "async.data.ok" }, "(event.data.id == async.data.id) && (async.data.ok)"],
  ])("a cancellation %j", ([rule, condition]) => {
    expect(registered({ cancelOn: [rule] }).options.cancel).toMatchObject([{ event: "x", if: condition }]);
  });

  test.for(["10s", 10_000, "0.0028 hours", "10 seconds"])("a schedule, with its overlap and a jitter of %j", (jitter) => {
    const [trigger] = registered({}, { cron: "TZ=Europe/Paris 0 9 * * *", overlap: "skip", catchUp: "last", jitter }).triggers;
    expect(trigger).toMatchObject({ overlap: "skip", catchUp: "last", jitterMs: jitter === "0.0028 hours" ? 10_080 : 10_000 });
  });
});
