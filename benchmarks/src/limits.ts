// What limits cost, and what a backlog behind one of them costs the others: each beside the same work without it, in turn.

import { asJson, hashStepId, type Reply, type StepId } from "@stepwell/protocol";
import { type InProcess, startInProcess } from "./in-process.ts";
import { type Measure, measure, percentile } from "./measure.ts";

export interface LimitSizes {
  readonly rounds: number;
  /** Runs of one round, and keys that they are spread over. */
  readonly runs: number;
  readonly keys: number;
  readonly backlog: number;
  readonly latencies: number;
}

type Report = (row: { readonly name: string; readonly value: string }) => void;

const key = "event.data.tenant";
const options = {
  free: {},
  "fn-limit": { concurrency: { step: [{ limit: 100_000 }], fn: [] } },
  "key-limit": { concurrency: { step: [{ limit: 1, key }], fn: [] } },
  "run-limit": { concurrency: { step: [], fn: [{ limit: 100_000 }] } },
  "run-limit by key": { concurrency: { step: [], fn: [{ limit: 100_000, key }] } },
  throttled: { throttle: { limit: 1_000_000, period: "1s", burst: 1_000_000 } },
  narrow: { concurrency: { step: [{ limit: 1 }], fn: [] } },
  stuck: { concurrency: { step: [{ limit: 1, key: "event.data.stuck" }], fn: [] } },
} as const;
type Name = keyof typeof options;

const once: Reply = {
  kind: "ops",
  ops: [
    { kind: "StepRun", id: hashStepId("s"), name: "s", race: false, data: asJson(1) },
    { kind: "RunComplete", id: "complete" as StepId, name: "complete", race: false, data: asJson({ ok: true }) },
  ],
  version: 2,
  noRetry: false,
  sdk: "bench:v1",
};

export async function limits(file: string, sizes: LimitSizes, report: Report): Promise<void> {
  const gate = { open: Promise.resolve() };
  const scripts = Object.fromEntries(Object.keys(options).map((name) => [name, () => once]));
  const bench = await startInProcess(file, [], { ...scripts, stuck: () => gate.open.then(() => once) }, options);
  try {
    for (const name of ["fn-limit", "run-limit", "run-limit by key", "throttled", "key-limit"] as const)
      await beside(bench, name, sizes, report);
    await freedSlots(bench, sizes, report);
    await behindOneKey(bench, sizes, gate, report);
  } finally {
    await bench.close();
  }
}

/** The same work with a limit and without it, in turn. */
async function beside(bench: InProcess, name: Name, { rounds, runs, keys }: LimitSizes, report: Report): Promise<void> {
  const work = (which: Name): Promise<Measure> => bulk(bench, which, runs, keys);
  await work("free");
  await work(name);
  const pairs: { readonly free: Measure; readonly limited: Measure }[] = [];
  for (let round = 0; round < rounds; round += 1) pairs.push({ free: await work("free"), limited: await work(name) });
  const middle = (values: readonly number[]): number => percentile(values, 0.5);
  const throughput = middle(pairs.map(({ free, limited }) => limited.perSecond / free.perSecond));
  const processor = middle(pairs.map(({ free, limited }) => limited.processorUs / free.processorUs));
  const perSecond = Math.round(middle(pairs.map(({ limited }) => limited.perSecond))).toLocaleString("en");
  report({
    name: `${name}, ${keys} keys`,
    value: `${perSecond} runs/s; ${throughput.toFixed(2)} × throughput, ${processor.toFixed(2)} × processor of the same without`,
  });
}

function bulk(bench: InProcess, name: Name, runs: number, keys: number): Promise<Measure> {
  return measure(runs, async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let left = runs;
    bench.onEnd = () => {
      left -= 1;
      if (left === 0) resolve();
    };
    let sent = 0;
    const send = async (): Promise<void> => {
      while (sent < runs) {
        const events = Array.from({ length: 100 }, (_, index) => ({
          name: `bench/${name}`,
          data: { tenant: `t${(sent + index) % keys}` },
        }));
        sent += 100;
        await bench.engine.sendEvents({ events });
      }
    };
    await Promise.all([send(), send(), send(), send()]);
    await promise;
  });
}

/** One call at a time: from the end of one run to the end of the next one that waited for its slot. */
async function freedSlots(bench: InProcess, { latencies }: LimitSizes, report: Report): Promise<void> {
  const times: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  let last = performance.now();
  bench.onEnd = () => {
    const now = performance.now();
    times.push(now - last);
    last = now;
    if (times.length === latencies) resolve();
  };
  for (let sent = 0; sent < latencies; sent += 100)
    await bench.engine.sendEvents({ events: Array.from({ length: 100 }, () => ({ name: "bench/narrow", data: {} })) });
  await promise;
  report({
    name: "a slot that is freed",
    value: `the next run has ended after p50 ${ms(percentile(times, 0.5))}, p95 ${ms(percentile(times, 0.95))}`,
  });
}

/** Other lanes, and other functions, beside a key with a backlog. */
async function behindOneKey(bench: InProcess, sizes: LimitSizes, gate: { open: Promise<void> }, report: Report): Promise<void> {
  const latency = async (name: Name, data: Readonly<Record<string, unknown>>): Promise<number> => {
    const times: number[] = [];
    for (let index = 0; index < sizes.latencies; index += 1) {
      const before = performance.now();
      await new Promise<void>((resolve) => {
        bench.onEnd = resolve;
        void bench.engine.sendEvents({ events: [{ name: `bench/${name}`, data }] });
      });
      times.push(performance.now() - before);
    }
    return percentile(times, 0.5);
  };
  const other = { stuck: "other" };
  const before = { lane: await latency("key-limit", { tenant: "other" }), free: await latency("free", other) };
  const { promise, resolve: open } = Promise.withResolvers<void>();
  gate.open = promise;
  const memory = process.memoryUsage().rss;
  for (let sent = 0; sent < sizes.backlog; sent += 1_000)
    await bench.engine.sendEvents({ events: Array.from({ length: 1_000 }, () => ({ name: "bench/stuck", data: { stuck: "one" } })) });
  const grown = (process.memoryUsage().rss - memory) / 2 ** 20;
  const after = { lane: await latency("key-limit", { tenant: "other" }), free: await latency("free", other) };
  report({
    name: `${sizes.backlog.toLocaleString("en")} runs behind one key`,
    value: `another lane ${ms(after.lane)}, ${(after.lane / before.lane).toFixed(2)} ×; another function ${ms(after.free)}, ${(after.free / before.free).toFixed(2)} ×; ${grown.toFixed(0)} MiB more memory`,
  });
  open();
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}
