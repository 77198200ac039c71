import { asJson, epochMs, type FunctionConfig, type FunctionUuid, type RunId, type StoreSeq } from "@stepwell/protocol";
import type { AppId, EnvironmentId, FunctionId, Mark } from "@stepwell/store";
import type { RunInHand } from "../src/runs/run-in-hand.ts";

const config: FunctionConfig = { slug: "app-f", name: "f", triggers: [], url: "http://localhost:1/", retries: 4, options: {} };

/** A run in hand at its first call, with what a test says otherwise. */
export function runInHand(more: Partial<RunInHand> = {}): RunInHand {
  const uuid = "00000000-0000-5000-8000-000000000000" as FunctionUuid;
  return {
    runId: "01J00000000000000000000001" as RunId,
    runSeq: 2 as StoreSeq,
    entry: {
      record: {
        id: 1 as FunctionId,
        appId: 1 as AppId,
        environmentId: 1 as EnvironmentId,
        uuid,
        slug: "app-f",
        name: "f",
        config,
        version: 1,
      },
      target: { slug: "app-f", uuid, url: config.url, appName: "app", sdk: "js:v4" },
      maxAttempts: 5,
      warnings: undefined,
      appUuid: uuid,
      cancelRules: [],
      deadlines: undefined,
      flow: undefined,
      isFailureHandler: false,
    },
    queuedAt: epochMs(1_000),
    events: [
      {
        id: "01J00000000000000000000002" as never,
        environmentId: 1 as EnvironmentId,
        name: "a/b",
        ts: epochMs(1_000),
        receivedAt: epochMs(1_000),
        data: asJson({}),
      },
    ],
    memos: new Map(),
    generation: 1,
    attempt: 0,
    leaseLosses: 0,
    version: -1,
    plan: false,
    emptyReplies: 0,
    solo: true,
    isStarted: false,
    calls: 0,
    leasedAt: epochMs(1_000),
    isInCall: false,
    isEnded: false,
    abort: undefined,
    mark: "0" as Mark,
    ...more,
  };
}
