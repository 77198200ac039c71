// How late runs begin whose events are collected: from the due time of each in the store to its call.

import type { Call } from "@stepwell/engine";
import { type InProcess, startInProcess } from "./in-process.ts";
import { percentile } from "./measure.ts";
import { complete, failing, type Script } from "./scripted-functions.ts";

type Report = (row: { readonly name: string; readonly value: string }) => void;

const key = "event.data.key";
const options = {
  debounced: { debounce: { key, period: "2s" } },
  batched: { batchEvents: { key, maxSize: 5, timeout: "2s" } },
  broken: { debounce: { key, period: "2s" }, retries: { attempts: 0 } },
} as const;
type Name = keyof typeof options;

export async function collected(file: string, crowds: readonly number[], report: Report): Promise<void> {
  const calls = new Map<string, number>();
  const noting =
    (script: Script): Script =>
    (call: Call) => {
      calls.set(call.runId, Date.now());
      return script(call);
    };
  const scripts = { debounced: noting(complete), batched: noting(complete), broken: noting(failing) };
  const bench = await startInProcess(file, [], scripts, options);
  const names = Object.keys(options) as readonly Name[];
  try {
    for (const name of names) await latenessOf(bench, name, 200, calls); // Compiled by now.
    for (const crowd of crowds)
      for (const name of names) {
        const late = await latenessOf(bench, name, crowd, calls);
        report({ name: `${crowd.toLocaleString("en")} ${name}, due at once`, value: describe(late) });
      }
  } finally {
    await bench.close();
  }
}

async function latenessOf(bench: InProcess, name: Name, crowd: number, calls: Map<string, number>): Promise<readonly number[]> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = crowd;
  bench.onEnd = () => {
    left -= 1;
    if (left === 0) resolve();
  };
  calls.clear();
  await bench.engine.sendEvents({
    events: Array.from({ length: crowd }, (_, index) => ({ name: `bench/${name}`, data: { key: `k${index}` } })),
  });
  const timers = await bench.store.timers.list({ kind: name === "batched" ? "batch" : "debounce" });
  await promise;
  return timers.map(({ subject, dueAt }) => (calls.get(subject) ?? Number.NaN) - dueAt);
}

function describe(late: readonly number[]): string {
  return `called p50 ${percentile(late, 0.5)} ms, p99 ${percentile(late, 0.99)} ms, worst ${Math.max(...late)} ms after it was due`;
}
