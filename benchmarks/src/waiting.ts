// What waits: parallel steps, sleepers, waits, invokes, cancels, and claims beside a long history.

import { statSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Call } from "@stepwell/engine";
import type { RunId } from "@stepwell/protocol";
import { bulkEngine } from "./bulk.ts";
import { type InProcess, startInProcess } from "./in-process.ts";
import { percentile } from "./measure.ts";
import { complete, invoker, keyedWaiter, parallel, parallelSteps, type Script, sleeper, waiter } from "./scripted-functions.ts";

const mib = 1_024 * 1_024;
const eventsPerRequest = 1_000;

export interface WaitingSizes {
  readonly rounds: number;
  readonly crowd: number;
  /** Stored runs at which claims are measured. */
  readonly histories: readonly number[];
}

export interface Row {
  readonly name: string;
  readonly value: string;
}

/** Each figure as a row; `file` is the database, `tell` is called as soon as one is known. */
export async function waiting(file: string, sizes: WaitingSizes, tell: (row: Row) => void): Promise<void> {
  const awake: number[] = [];
  const scripts: Readonly<Record<string, Script>> = {
    parallel,
    sleeper: sleeper((call) => awake.push(Date.now() - untilOf(call))),
    waiter,
    "keyed-waiter": keyedWaiter,
    invoker,
    child: complete,
  };
  const bench = await startInProcess(file, [1], scripts);
  try {
    tell({ name: `${parallelSteps} parallel steps in one run`, value: await parallelRun(bench, sizes.rounds) });
    tell({ name: "invoke, one at a time", value: await invokes(bench, sizes.rounds * 100) });
    tell({ name: `${sizes.crowd} sleepers, due at once`, value: await sleepers(bench, sizes.crowd, awake) });
    tell({ name: `${sizes.crowd} waits, one event of 64 kB`, value: await waits(bench, file, sizes.crowd) });
    tell({ name: `one of ${sizes.crowd} keyed waits`, value: await keyedWaits(bench, sizes.crowd) });
    tell({ name: `cancel of ${sizes.crowd} runs`, value: await cancels(bench, sizes.crowd) });
    for (const row of await histories(bench, sizes.histories)) tell(row);
  } finally {
    await bench.close();
  }
}

function untilOf(call: Call): number {
  return Date.parse((JSON.parse(call.events[0]?.data ?? "{}") as { readonly until: string }).until);
}

/** Resolves when so many runs have ended. */
function ended(bench: InProcess, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    bench.onEnd = () => {
      left -= 1;
      if (left === 0) resolve();
    };
  });
}

async function sendMany(bench: InProcess, name: string, count: number, dataOf: (index: number) => object): Promise<void> {
  for (let from = 0; from < count; from += eventsPerRequest) {
    const size = Math.min(eventsPerRequest, count - from);
    await bench.engine.sendEvents({ events: Array.from({ length: size }, (_, index) => ({ name, data: { ...dataOf(from + index) } })) });
  }
}

/** Until every run of the crowd is parked: nothing is in hand. */
async function untilParked(bench: InProcess): Promise<void> {
  while (bench.engine.gauges().runsInMemory > 0) await pause(5);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function parallelRun(bench: InProcess, rounds: number): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const over = ended(bench, 1);
    const before = performance.now();
    await bench.engine.sendEvents({ events: [{ name: "bench/parallel", data: {} }] });
    await over;
    if (round > 0) times.push(performance.now() - before);
  }
  return `median ${percentile(times, 0.5).toFixed(0)} ms, worst ${Math.max(...times).toFixed(0)} ms`;
}

async function invokes(bench: InProcess, count: number): Promise<string> {
  const times: number[] = [];
  const before = bench.engine.gauges();
  for (let index = 0; index < count; index += 1) {
    const over = ended(bench, 2); // The child and its parent.
    const from = performance.now();
    await bench.engine.sendEvents({ events: [{ name: "bench/invoker", data: {} }] });
    await over;
    times.push(performance.now() - from);
  }
  const commits = (bench.engine.gauges().commits - before.commits) / count;
  return `p50 ${percentile(times, 0.5).toFixed(2)} ms, p99 ${percentile(times, 0.99).toFixed(2)} ms from event to the parent's end; ${commits.toFixed(2)} commits`;
}

export async function sleepers(bench: InProcess, count: number, lateMs: number[]): Promise<string> {
  const until = new Date(Date.now() + Math.max(3_000, count / 2)).toISOString();
  const over = ended(bench, count);
  await sendMany(bench, "bench/sleeper", count, () => ({ until }));
  await untilParked(bench);
  lateMs.length = 0;
  await over;
  return `lateness p50 ${percentile(lateMs, 0.5)} ms, p99 ${percentile(lateMs, 0.99)} ms, worst ${Math.max(...lateMs)} ms; no timer of the platform but one`;
}

async function waits(bench: InProcess, file: string, count: number): Promise<string> {
  await sendMany(bench, "bench/waiter", count, () => ({}));
  await untilParked(bench);
  const walBefore = walBytes(file);
  const over = ended(bench, count);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = performance.now();
  await bench.engine.sendEvents({ events: [{ name: "bench/go", data: { text: "x".repeat(64 * 1_024) } }] });
  const accepted = performance.now() - before;
  let walMost = 0;
  const sampler = setInterval(() => {
    walMost = Math.max(walMost, walBytes(file));
  }, 20);
  await over;
  clearInterval(sampler);
  delay.disable();
  const took = performance.now() - before;
  const grown = Math.max(0, walMost - walBefore) / mib;
  return `answered after ${accepted.toFixed(1)} ms, all ended after ${took.toFixed(0)} ms; longest turn ${(delay.max / 1e6).toFixed(0)} ms (p99 ${(delay.percentile(99) / 1e6).toFixed(0)}), log grew by ${grown.toFixed(1)} MiB`;
}

function walBytes(file: string): number {
  return statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

/** The latency of waking one of many, one at a time. */
async function keyedWaits(bench: InProcess, count: number): Promise<string> {
  await sendMany(bench, "bench/keyed-waiter", count, (index) => ({ key: `k${index}` }));
  await untilParked(bench);
  const times: number[] = [];
  for (let index = 0; index < Math.min(count, 300); index += 1) {
    const over = ended(bench, 1);
    const before = performance.now();
    await bench.engine.sendEvents({ events: [{ name: "bench/go-one", data: { key: `k${index}` } }] });
    await over;
    times.push(performance.now() - before);
  }
  const rest = ended(bench, count - times.length);
  await sendMany(bench, "bench/go-one", count - times.length, (index) => ({ key: `k${index + times.length}` }));
  await rest;
  return `p50 ${percentile(times, 0.5).toFixed(2)} ms, p99 ${percentile(times, 0.99).toFixed(2)} ms from event to the run's end`;
}

async function cancels(bench: InProcess, count: number): Promise<string> {
  await sendMany(bench, "bench/waiter", count, () => ({}));
  await untilParked(bench);
  const found = bench.engine.findFunction("bench-waiter");
  const ids: RunId[] = [];
  for (let before: number | undefined; ; ) {
    const page = await bench.store.reports.listRuns(
      { statuses: ["running"], ...(found === undefined ? {} : { functionIds: [found.id] }) },
      { limit: 200, ...(before === undefined ? {} : { before: before as never }) },
    );
    ids.push(...page.rows.map(({ id }) => id));
    before = page.rows.at(-1)?.seq;
    if (!page.hasOlder || before === undefined) break;
  }
  const cpu = process.cpuUsage();
  const from = performance.now();
  await Promise.all(ids.map((runId) => bench.engine.cancelRun({ runId, reason: "bench" })));
  const took = performance.now() - from;
  const used = process.cpuUsage(cpu);
  return `${took.toFixed(0)} ms for ${ids.length}, ${((used.user + used.system) / ids.length).toFixed(0)} µs of processor each`;
}

/** From the due time of a queued run to its first call, beside so many stored runs. */
async function histories(bench: InProcess, sizes: readonly number[]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let stored = 0;
  let first: number | undefined;
  for (const size of sizes) {
    const missing = Math.ceil((size - stored) / 400) * 400;
    if (missing > 0) await bulkEngine(bench, missing, 1);
    stored += Math.max(0, missing);
    const times = await claimTimes(bench, 300);
    const p50 = percentile(times, 0.5);
    first ??= p50;
    rows.push({
      name: `a claim beside ${size.toLocaleString("en")} runs`,
      value: `p50 ${p50.toFixed(2)} ms, p99 ${percentile(times, 0.99).toFixed(2)} ms; ${(p50 / first).toFixed(2)} × the first`,
    });
  }
  return rows;
}

async function claimTimes(bench: InProcess, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const over = ended(bench, 1);
    const dueAt = Date.now() + 4;
    await bench.engine.sendEvents({ events: [{ name: "bench/1", data: {}, ts: dueAt as never }] });
    await over;
    times.push(performance.timeOrigin + performance.now() - dueAt);
  }
  return times;
}
