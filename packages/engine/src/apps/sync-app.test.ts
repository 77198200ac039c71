import { epochMs, parseRegisterRequest, type RegisterRequest } from "@stepwell/protocol";
import type { EnvironmentId } from "@stepwell/store";
import { describe, expect, test } from "vitest";
import { decideSync, type SyncContext, type SyncDecision } from "./sync-app.ts";

function registration(...triggers: readonly object[]): RegisterRequest {
  const steps = { step: { runtime: { type: "http", url: "http://localhost:1/" } } };
  const functions = [{ id: "app-f", name: "f", triggers, steps }];
  const parsed = parseRegisterRequest(JSON.stringify({ appName: "app", url: "http://localhost:1/", functions }));
  if (parsed.kind !== "register") throw new Error(parsed.message);
  return parsed.request;
}

function context(mode: SyncContext["mode"]): SyncContext {
  return { environmentId: 1 as EnvironmentId, mode, now: epochMs(Date.UTC(2026, 0, 1)), ownerOf: () => undefined };
}

function sync(...crons: readonly string[]): SyncDecision {
  return decideSync(registration(...crons.map((cron) => ({ cron }))), context("dev"));
}

describe("a function that others defer runs of", () => {
  const deferred = registration({ event: "inngest/deferred.schedule", expression: "event.data._inngest.fn_slug == 'app-f'" });

  test("is taken by a dev server, with a warning", () => {
    const decision = decideSync(deferred, context("dev"));
    expect(decision).toMatchObject({ kind: "sync", warnings: [expect.stringContaining("deferred runs are not supported yet")] });
  });

  test("is refused by a production server", () => {
    expect(decideSync(deferred, context("start"))).toMatchObject({
      kind: "refused",
      code: "option_not_supported_yet",
      problems: [{ function: "app-f", option: "triggers[0].event" }],
    });
  });
});

describe("schedules of a registration", () => {
  test("whose fields hold what they cannot refuse it as a whole, each by its place", () => {
    expect(sync("61 * * * *", "0 9 * * *", "0 25 * * *")).toMatchObject({
      kind: "refused",
      code: "config_invalid",
      problems: [
        { function: "app-f", option: "triggers[0].cron", code: "schedule_invalid", message: expect.stringContaining("61") },
        { function: "app-f", option: "triggers[2].cron", code: "schedule_invalid", message: expect.stringContaining("25") },
      ],
    });
  });

  test("that never fire are taken, and the app is told", () => {
    const decision = sync("0 0 30 2 *", "0 0 29 2 *");
    expect(decision.kind === "sync" ? decision.warnings.filter((text) => text.includes("never fires")) : []).toEqual([
      'app-f: the schedule "0 0 30 2 *" names no moment; it never fires',
    ]);
  });
});
