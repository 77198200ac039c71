// The engine and the store that ship, in this process, with a transport that answers ops from a table: no user code, no
// HTTP. What is measured is the engine.

import { buildEngine, type Call, type Engine, systemClock, systemRandom, type Transport } from "@stepwell/engine";
import { asJson, epochMs, hashStepId, type Op, parseRegisterRequest, type Reply, type StepId } from "@stepwell/protocol";
import type { Store } from "@stepwell/store";
import { openSqliteStore } from "@stepwell/store-sqlite";
import type { Script } from "./scripted-functions.ts";

export interface InProcess {
  readonly engine: Engine;
  readonly store: Store;
  /** Called at the end of each run. */
  onEnd: () => void;
  close(): Promise<void>;
}

/**
 * Functions `bench-<steps>` for each number of steps; each reply brings one step, the last one the end too. And
 * `bench-<name>` for each script, started by `bench/<name>`, with its options.
 */
export async function startInProcess(
  file: string,
  stepCounts: readonly number[],
  scripts: Readonly<Record<string, Script>> = {},
  options: Readonly<Record<string, object>> = {},
): Promise<InProcess> {
  const store = await openSqliteStore({ file, now: epochMs(Date.now()), reader: "inline" });
  const replies = new Map(stepCounts.map((steps) => [`bench-${steps}`, repliesFor(steps)]));
  const transport: Transport = {
    inProcess: true,
    call: (call: Call) =>
      Promise.resolve(
        replies.get(call.target.slug)?.[call.memos.size] ??
          (scripts[call.target.slug.slice("bench-".length)]?.(call) as Reply | Promise<Reply>),
      ),
  };
  const bench: { onEnd: () => void } = { onEnd: () => undefined };
  const engine = buildEngine({
    store,
    transport,
    clock: systemClock(store.lastNow),
    random: systemRandom(),
    observer: {
      emit(occurrence) {
        if (occurrence.kind === "run.ended") bench.onEnd();
        else if (occurrence.kind === "store.failed") throw new Error(occurrence.message);
      },
    },
  });
  await engine.start();
  const functions = [...stepCounts, ...Object.keys(scripts)].map((name) => ({
    id: `bench-${name}`,
    name: "bench",
    triggers: [{ event: `bench/${name}` }],
    steps: { step: { id: "step", name: "step", runtime: { type: "http", url: "http://localhost:1/" } } },
    ...options[name],
  }));
  const parsed = parseRegisterRequest(JSON.stringify({ appName: "bench", url: "http://localhost:1/", sdk: "js:v4", functions }));
  if (parsed.kind !== "register") throw new Error(parsed.message);
  await engine.syncApp(parsed.request);
  return Object.assign(bench, {
    engine,
    store,
    async close() {
      await engine.stop({ graceMs: 1_000 });
      await store.close();
    },
  });
}

function repliesFor(steps: number): readonly Reply[] {
  const complete: Op = { kind: "RunComplete", id: "complete" as StepId, name: "complete", race: false, data: asJson({ ok: true }) };
  return Array.from({ length: steps }, (_, index) => {
    const step: Op = { kind: "StepRun", id: hashStepId(`s${index}`), name: `s${index}`, race: false, data: asJson(index) };
    return { kind: "ops", ops: index === steps - 1 ? [step, complete] : [step], version: 2, noRetry: false, sdk: "bench:v1" };
  });
}
