// What people get who embed the engine: functions of the `stepwell` package in its process. Beside each figure stands the same
// work with a scripted transport, in turn in the same run; the difference is what the SDK costs.

import { join } from "node:path";
import { createEngine, type EmbeddedEngine } from "@stepwell/embedded";
import { createTestEngine } from "@stepwell/testing";
import { Stepwell, type StepwellFunction } from "stepwell";
import { bulk, bulkEngine, event, eventsPerRequest, latency, latencyEngine } from "./bulk.ts";
import { type InProcess, startInProcess } from "./in-process.ts";
import { type Measure, median, percentile } from "./measure.ts";
import { parallel, parallelSteps } from "./scripted-functions.ts";
import { parallelRun, type Row, sleepers } from "./waiting.ts";

export interface EmbeddedSizes {
  readonly rounds: number;
  readonly oneStep: number;
  readonly fiveSteps: number;
  readonly latencies: number;
  readonly sleepers: number;
}

const client = new Stepwell({ id: "bench" });

/** Each figure as a row, told as soon as it is known; `folder` gets the databases. */
export async function embedded(folder: string, sizes: EmbeddedSizes, tell: (row: Row) => void): Promise<void> {
  const awake: number[] = [];
  const functions = benchFunctions(awake);
  tell({ name: "start-up", value: await startUps(folder, functions) });
  const scripted = await startInProcess(join(folder, "embedded-scripted.db"), [1, 5], { parallel });
  const bench = await startEmbedded(join(folder, "embedded.db"), functions);
  try {
    for (const [steps, runs] of [
      [1, sizes.oneStep],
      [5, sizes.fiveSteps],
    ] as const)
      tell({ name: `${steps}-step runs in bulk`, value: await inBulk(bench, scripted, { steps, runs, rounds: sizes.rounds }) });
    for (const steps of [1, 5])
      tell({ name: `${steps}-step runs, one at a time`, value: await oneAtATime(bench, scripted, steps, sizes.latencies) });
    const rounds = Math.max(3, sizes.rounds);
    tell({ name: `${parallelSteps} parallel steps in one run`, value: await parallelRun(bench.inProcess, rounds) });
    tell({ name: "  scripted", value: await parallelRun(scripted, rounds) });
    tell({ name: `${sizes.sleepers} sleepers, due at once`, value: await sleepers(bench.inProcess, sizes.sleepers, awake) });
  } finally {
    await bench.engine.stop();
    await scripted.close();
  }
  tell({ name: "thirty-day drip in the test kit", value: await drips() });
}

function benchFunctions(awake: number[]): readonly StepwellFunction[] {
  const stepped = (steps: number): StepwellFunction =>
    client.createFunction({ id: `bench-${steps}` }, { event: `bench/${steps}` }, async ({ step }) => {
      for (let index = 0; index < steps; index += 1) await step.run(`s${index}`, () => index);
      return { ok: true };
    });
  return [
    stepped(1),
    stepped(5),
    client.createFunction({ id: "parallel" }, { event: "bench/parallel" }, async ({ step }) => {
      const all = await Promise.all(Array.from({ length: parallelSteps }, (_, index) => step.run(`p${index}`, () => index)));
      return all.length;
    }),
    client.createFunction({ id: "sleeper" }, { event: "bench/sleeper" }, async ({ event: { data }, step }) => {
      await step.sleepUntil("nap", String(data["until"]));
      awake.push(Date.now() - Date.parse(String(data["until"])));
    }),
  ];
}

interface EmbeddedBench {
  readonly engine: EmbeddedEngine;
  readonly inProcess: InProcess;
}

async function startEmbedded(file: string, functions: readonly StepwellFunction[]): Promise<EmbeddedBench> {
  const engine = await createEngine({ functions, store: { file, reader: "inline" } });
  const inProcess = { engine: engine.engine, onEnd: () => undefined, close: () => engine.stop() } as Omit<InProcess, "store"> as InProcess;
  engine.observe((occurrence) => {
    if (occurrence.kind === "run.ended") inProcess.onEnd();
  });
  return { engine, inProcess };
}

/** A new file, and one that was there, from the call to the engine that takes events. */
async function startUps(folder: string, functions: readonly StepwellFunction[]): Promise<string> {
  const times: { readonly fresh: number; readonly again: number }[] = [];
  for (let round = 0; round < 5; round += 1) {
    const file = join(folder, `start-${round}.db`);
    const took = async (): Promise<number> => {
      const before = performance.now();
      const engine = await createEngine({ functions, store: file });
      const ms = performance.now() - before;
      await engine.stop();
      return ms;
    };
    times.push({ fresh: await took(), again: await took() });
  }
  const middle = (pick: (time: (typeof times)[number]) => number): string => percentile(times.map(pick), 0.5).toFixed(0);
  return `${middle(({ fresh }) => fresh)} ms with a new file, ${middle(({ again }) => again)} ms with one that was there`;
}

interface BulkParams {
  readonly steps: number;
  readonly runs: number;
  readonly rounds: number;
}

async function inBulk(bench: EmbeddedBench, scripted: InProcess, { steps, runs, rounds }: BulkParams): Promise<string> {
  const events = Array.from({ length: eventsPerRequest }, () => ({ name: `bench/${steps}`, data: event }));
  const own = (count: number): Promise<Measure> =>
    bulk(count, (onEnd) => {
      bench.inProcess.onEnd = onEnd;
      return async () => void (await bench.engine.send(events));
    });
  await own(2_000);
  await bulkEngine(scripted, 2_000, steps);
  const pairs: { readonly own: Measure; readonly scripted: Measure }[] = [];
  for (let round = 0; round < rounds; round += 1) pairs.push({ own: await own(runs), scripted: await bulkEngine(scripted, runs, steps) });
  const [mine, script] = [median(pairs.map((pair) => pair.own)), median(pairs.map((pair) => pair.scripted))];
  const cost = percentile(
    pairs.map((pair) => pair.own.processorUs - pair.scripted.processorUs),
    0.5,
  );
  return (
    `${count(mine.perSecond)} runs/s, ${count(mine.perSecond * steps)} steps/s, ${mine.processorUs.toFixed(1)} µs of processor per run; ` +
    `scripted ${count(script.perSecond)} runs/s, ${script.processorUs.toFixed(1)} µs; SDK cost ${cost.toFixed(1)} µs`
  );
}

async function oneAtATime(bench: EmbeddedBench, scripted: InProcess, steps: number, rounds: number): Promise<string> {
  const own = (times: number): Promise<readonly number[]> =>
    latency(times, (onEnd) => {
      bench.inProcess.onEnd = onEnd;
      void bench.engine.send({ name: `bench/${steps}`, data: event });
    });
  await own(100);
  await latencyEngine(scripted, 100, steps);
  const before = bench.engine.engine.gauges();
  const mine = await own(rounds);
  const commits = (bench.engine.engine.gauges().commits - before.commits) / rounds;
  const script = await latencyEngine(scripted, rounds, steps);
  const [p50, other] = [percentile(mine, 0.5), percentile(script, 0.5)];
  return (
    `p50 ${p50.toFixed(3)} ms, p99 ${percentile(mine, 0.99).toFixed(3)} ms; ${commits.toFixed(2)} commits a run; ` +
    `scripted p50 ${other.toFixed(3)} ms; SDK cost ${(p50 - other).toFixed(3)} ms`
  );
}

async function drips(): Promise<string> {
  const drip = client.createFunction({ id: "drip" }, { event: "user/created" }, async ({ step }) => {
    for (const day of [0, 1, 3, 7, 14, 30]) {
      if (day > 0) await step.sleep(`until day ${day}`, `${day - dayBefore(day)}d`);
      await step.run(`mail of day ${day}`, () => ({ sent: day }));
    }
    return "done";
  });
  const times: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const before = performance.now();
    await using t = await createTestEngine({ functions: [drip] });
    await t.send({ name: "user/created", data: {} });
    await t.advance("30 days");
    await t.assert.completed(drip, "done");
    times.push(performance.now() - before);
  }
  return `median ${percentile(times, 0.5).toFixed(0)} ms with the engine's start, first one ${(times[0] ?? 0).toFixed(0)} ms; six mails, five sleeps`;
}

const days = [0, 1, 3, 7, 14, 30];

function dayBefore(day: number): number {
  return days[days.indexOf(day) - 1] ?? 0;
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}
