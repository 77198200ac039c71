// npm run bench [-- --quick] [-- --no-waiting] [-- --no-collected] [-- --no-limits] [-- --no-http] [-- --no-embedded] [-- --embedded-only]: the hot path against the floor, both in one run, because machines differ
// and so does one machine from hour to hour. benchmarks/RESULTS.md keeps figures with their method.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bulkEngine, bulkFloor, ingest, latencyEngine, latencyFloor } from "./src/bulk.ts";
import { collected } from "./src/collected.ts";
import { embedded } from "./src/embedded.ts";
import { Floor } from "./src/floor.ts";
import { startInProcess } from "./src/in-process.ts";
import { limits } from "./src/limits.ts";
import { type Measure, median, percentile } from "./src/measure.ts";
import { overHttp } from "./src/over-http.ts";
import { waiting } from "./src/waiting.ts";

const isQuick = process.argv.includes("--quick");
const rounds = isQuick ? 1 : 5;
const folder = mkdtempSync(join(tmpdir(), "stepwell-bench-"));

try {
  const isOnly = process.argv.includes("--embedded-only");
  if (!isOnly) await theRest();
  if (!process.argv.includes("--no-embedded")) await withTheSdk();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function theRest(): Promise<void> {
  await inProcess();
  if (!process.argv.includes("--no-waiting")) await whatWaits();
  if (!process.argv.includes("--no-collected")) await whatIsCollected();
  if (!process.argv.includes("--no-limits")) await withLimits();
  if (!process.argv.includes("--no-http")) await bothOverHttp();
}

async function withTheSdk(): Promise<void> {
  heading(`Embedded: functions of the stepwell package in the engine's process, SQLite synchronous=full; median of ${rounds} rounds`);
  const sizes = isQuick
    ? { rounds: 1, oneStep: 2_000, fiveSteps: 1_000, latencies: 100, sleepers: 1_000 }
    : { rounds, oneStep: 30_000, fiveSteps: 10_000, latencies: 1_000, sleepers: 10_000 };
  await embedded(folder, sizes, ({ name, value }) => row(name, value));
}

async function inProcess(): Promise<void> {
  const floor = new Floor(join(folder, "floor.db"));
  const bench = await startInProcess(join(folder, "engine.db"), [1, 5]);
  heading(`In process, SQLite synchronous=full, scripted transport; median of ${rounds} rounds, floor and engine in turn`);
  for (const [steps, runs] of [
    [1, isQuick ? 2_000 : 30_000],
    [5, isQuick ? 1_000 : 10_000],
  ] as const) {
    await bulkFloor(floor, 2_000, steps);
    await bulkEngine(bench, 2_000, steps);
    const pairs: { readonly floor: Measure; readonly engine: Measure }[] = [];
    const before = bench.engine.gauges();
    for (let round = 0; round < rounds; round += 1)
      pairs.push({ floor: await bulkFloor(floor, runs, steps), engine: await bulkEngine(bench, runs, steps) });
    const after = bench.engine.gauges();
    const [bare, engine] = [median(pairs.map((pair) => pair.floor)), median(pairs.map((pair) => pair.engine))];
    const ratios = pairs.map((pair) => pair.engine.processorUs / pair.floor.processorUs).sort((one, other) => one - other);
    row(
      `${steps}-step runs in bulk`,
      `${perSecond(engine.perSecond)} runs/s, ${perSecond(engine.perSecond * steps)} steps/s, ${engine.processorUs.toFixed(1)} µs of processor per run`,
    );
    row(
      "  the floor",
      `${perSecond(bare.perSecond)} runs/s, ${bare.processorUs.toFixed(1)} µs; processor ratio ${(ratios[ratios.length >> 1] ?? 0).toFixed(2)} (${ratios.map((ratio) => ratio.toFixed(2)).join(" ")})`,
    );
    row(
      "  per run",
      `${((after.rowsWritten - before.rowsWritten) / (runs * rounds)).toFixed(2)} rows; ${((after.commits - before.commits) / (runs * rounds)).toFixed(4)} commits, shared with neighbours`,
    );
  }
  for (const steps of [1, 5]) {
    const count = isQuick ? 100 : 1_000;
    await latencyFloor(floor, 100, steps);
    await latencyEngine(bench, 100, steps);
    const [bare, before] = [await latencyFloor(floor, count, steps), bench.engine.gauges()];
    const engine = await latencyEngine(bench, count, steps);
    const commits = (bench.engine.gauges().commits - before.commits) / count;
    row(
      `${steps} step${steps === 1 ? "" : "s"}, one run at a time`,
      `p50 ${ms(percentile(engine, 0.5))}, p99 ${ms(percentile(engine, 0.99))}; ${commits.toFixed(2)} commits a run; floor p50 ${ms(percentile(bare, 0.5))}, ratio ${(percentile(engine, 0.5) / percentile(bare, 0.5)).toFixed(2)}`,
    );
  }
  for (const perRequest of [1, 100]) {
    const result = await ingest(bench, isQuick ? 2_000 : 50_000, perRequest);
    row(`ingest, ${perRequest} per request`, `${perSecond(result.perSecond)} events/s, ${result.processorUs.toFixed(1)} µs each`);
  }
  floor.close();
  await bench.close();
}

async function whatWaits(): Promise<void> {
  heading("What waits, in process, SQLite synchronous=full, scripted transport");
  const sizes = isQuick
    ? { rounds: 3, crowd: 1_000, histories: [1_000, 10_000] }
    : { rounds: 9, crowd: 10_000, histories: [1_000, 10_000, 100_000, 1_000_000] };
  await waiting(join(folder, "waiting.db"), sizes, ({ name, value }) => row(name, value));
}

async function whatIsCollected(): Promise<void> {
  heading("Debounces and batches, in process, SQLite synchronous=full, scripted transport");
  await collected(join(folder, "collected.db"), isQuick ? [1, 100] : [1, 100, 1_000, 2_000], ({ name, value }) => row(name, value));
}

async function withLimits(): Promise<void> {
  heading("Limits, in process, SQLite synchronous=full, scripted transport; the median of pairs, with and without in turn");
  const sizes = isQuick
    ? { rounds: 1, runs: 2_000, keys: 1_000, backlog: 10_000, latencies: 100 }
    : { rounds: 5, runs: 20_000, keys: 10_000, backlog: 1_000_000, latencies: 1_000 };
  await limits(join(folder, "limits.db"), sizes, ({ name, value }) => row(name, value));
}

async function bothOverHttp(): Promise<void> {
  const latencies = isQuick ? 50 : 300;
  await overHttp({ sdk: "inngest@4", runs: isQuick ? 200 : 1_500, latencies });
  await overHttp({ sdk: "stepwell", runs: isQuick ? 2_000 : 30_000, latencies });
}

function heading(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

function row(name: string, value: string): void {
  process.stdout.write(`  ${name.padEnd(32)} ${value}\n`);
}

function perSecond(value: number): string {
  return Math.round(value).toLocaleString("en");
}

function ms(value: number): string {
  return `${value.toFixed(3)} ms`;
}
