// The text of `/metrics`. Everything is read when somebody asks, so that nobody asking costs nothing.

import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Engine, EngineGauges } from "@stepwell/engine";
import { limits } from "@stepwell/protocol";
import type { QueueMeasure } from "@stepwell/store";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { DurationTally } from "./duration-tally.ts";
import { endStatuses, type FunctionTally, type MetricsTally } from "./metrics-tally.ts";
import type { MetricsParts } from "./server-metrics.ts";

/** Totals of the engine. */
const totals: readonly (readonly [string, string, (gauges: EngineGauges) => number])[] = [
  ["stepwell_events_total", "Events accepted", (gauges) => gauges.eventsAccepted],
  ["stepwell_calls_total", "Calls made to apps", (gauges) => gauges.callsMade],
  ["stepwell_commits_total", "Transactions committed", (gauges) => gauges.commits],
  ["stepwell_commit_seconds_total", "Seconds spent in commits", (gauges) => gauges.commitMs / 1_000],
  ["stepwell_commit_batches_total", "Batches handed to the store", (gauges) => gauges.batches],
  ["stepwell_commit_units_total", "Units of work in those batches", (gauges) => gauges.units],
  ["stepwell_rows_written_total", "Rows written", (gauges) => gauges.rowsWritten],
];

type Labels = Readonly<Record<string, string>>;
type Rows = readonly (readonly [Labels, number])[];

/** What the tally counted. */
const tallied: readonly (readonly [string, string, (tally: MetricsTally) => Rows])[] = [
  ["stepwell_events_repeated_total", "Events that were known already, by seed or id", (tally) => [[{}, tally.eventsRepeated]]],
  ["stepwell_event_outcomes_total", "Functions an event matched without starting a run", (tally) => [[{}, tally.eventOutcomes]]],
  ["stepwell_runs_started_total", "Runs whose first call was made", (tally) => byFunction(tally, ({ started }) => [[{}, started]])],
  [
    "stepwell_runs_ended_total",
    "Runs that ended, by status",
    (tally) => byFunction(tally, (counts) => endStatuses.map((status) => [{ status }, counts[status]])),
  ],
  [
    "stepwell_steps_total",
    "Steps that got their result",
    (tally) =>
      byFunction(tally, ({ stepsCompleted, stepsFailed }) => [
        [{ outcome: "completed" }, stepsCompleted],
        [{ outcome: "failed" }, stepsFailed],
      ]),
  ],
  ["stepwell_attempts_failed_total", "Attempts that failed", (tally) => byFunction(tally, (counts) => [[{}, counts.attemptsFailed]])],
  ["stepwell_retries_total", "Failed attempts that are made again", (tally) => byFunction(tally, ({ retries }) => [[{}, retries]])],
  [
    "stepwell_replies_refused_total",
    "Replies and checkpoints that came too late, or from a call that is not the present one",
    (tally) => Object.entries(tally.repliesRefused).map(([reason, count]) => [{ reason }, count]),
  ],
  ["stepwell_syncs_total", "Registrations of apps", (tally) => Object.entries(tally.syncs).map(([result, count]) => [{ result }, count])],
  [
    "stepwell_schedule_ticks_skipped_total",
    "Times that ticks of a schedule started nothing",
    (tally) => Object.entries(tally.ticksSkipped).map(([reason, count]) => [{ reason }, count]),
  ],
  ["stepwell_leases_taken_over_total", "Leases of dead holders that were freed", (tally) => [[{}, tally.leasesTakenOver]]],
  [
    "stepwell_retention_removed_total",
    "What retention removed",
    (tally) => Object.entries(tally.retentionRemoved).map(([kind, count]) => [{ kind }, count]),
  ],
  ["stepwell_store_failures_total", "Times the store failed", (tally) => [[{}, tally.storeFailures]]],
  [
    "stepwell_breaker_changes_total",
    "Times circuit breakers opened or closed; a probe that fails opens its breaker again",
    (tally) => Object.entries(tally.breakers).map(([kind, count]) => [{ kind }, count]),
  ],
  [
    "stepwell_chaos_faults_total",
    "Faults that --chaos injected into calls, by kind",
    (tally) => [...tally.chaosFaults].map(([kind, count]) => [{ kind }, count]),
  ],
  ["stepwell_clock_jumps_total", "Times the wall clock went back by more than a minute", (tally) => [[{}, tally.clockJumps]]],
];

function byFunction(tally: MetricsTally, rowsOf: (counts: FunctionTally) => Rows): Rows {
  return [...tally.functions].flatMap(([name, counts]) =>
    rowsOf(counts).map(([labels, value]) => [{ function: name, ...labels }, value] as const),
  );
}

export function metricsText(parts: MetricsParts): () => Promise<{ readonly contentType: string; readonly text: string }> {
  const { engine, tally } = parts;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const [name, help, read] of totals) counter(registry, { name, help, labelNames: [], read: () => [[{}, read(engine.gauges())]] });
  for (const [name, help, read] of tallied) {
    const labelNames = ["function", "status", "outcome", "reason", "result", "kind"];
    counter(registry, { name, help, labelNames, read: () => read(tally) });
  }
  addPresent(registry, parts);
  addQueue(registry, engine);
  addLoopDelay(registry);
  return async () => ({ contentType: registry.contentType, text: `${await registry.metrics()}${durations(tally)}` });
}

interface CounterParams {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly read: () => Rows;
}

function counter(registry: Registry, { name, help, labelNames, read }: CounterParams): void {
  const made: Counter = new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      made.reset();
      for (const [labels, value] of read()) made.inc(labels, value);
    },
  });
}

interface GaugeParams {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  readonly read: () => Rows | Promise<Rows>;
}

function gauge(registry: Registry, { name, help, labelNames = [], read }: GaugeParams): void {
  const made: Gauge = new Gauge({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    async collect() {
      for (const [labels, value] of await read()) made.set(labels, value);
    },
  });
}

/** By function and not by key: keys are the user's data, and there may be thousands. */
function breakerCounts(engine: Engine): Rows {
  const counts = new Map<string, number>();
  for (const { slug, status } of engine.breakers.list())
    if (status !== "closed") counts.set(`${status} ${slug}`, (counts.get(`${status} ${slug}`) ?? 0) + 1);
  return [...counts].slice(0, limits.metricsFunctionsMax).map(([name, count]) => {
    const [status = "", ...slug] = name.split(" ");
    return [{ function: slug.join(" "), status }, count];
  });
}

function addPresent(registry: Registry, { engine, about, storeFacts, alerts }: MetricsParts): void {
  const one = (name: string, help: string, read: () => number): void => gauge(registry, { name, help, read: () => [[{}, read()]] });
  gauge(registry, {
    name: "stepwell_info",
    help: "What this server is",
    labelNames: ["version", "mode", "store"],
    read: () => [[about, 1]],
  });
  one("stepwell_calls_in_flight", "Calls under way", () => engine.gauges().callsInFlight);
  one("stepwell_runs_in_memory", "Runs in hand, under way or waiting for a free call", () => engine.gauges().runsInMemory);
  one("stepwell_apps", "Apps known", () => engine.apps().length);
  one("stepwell_apps_failing", "Apps that could not be reached, or whose registration was refused", () => {
    return engine.apps().filter(({ error }) => error !== undefined).length;
  });
  one("stepwell_functions", "Functions known", () => engine.functions().length);
  one("stepwell_alerts_open", "Alerts that somebody was told of and that are not over", () => alerts?.open.length ?? 0);
  gauge(registry, {
    name: "stepwell_breakers",
    help: "Circuit breakers that hold calls back, by function and status",
    labelNames: ["function", "status"],
    read: () => breakerCounts(engine),
  });
  if (storeFacts === undefined) return;
  gauge(registry, {
    name: "stepwell_store_bytes",
    help: "Size of the database and of its log, which has what was committed and is not in the database file yet",
    labelNames: ["file"],
    read() {
      const { databaseBytes, logBytes } = storeFacts();
      return [
        [{ file: "database" }, databaseBytes],
        [{ file: "log" }, logBytes],
      ];
    },
  });
  one("stepwell_store_free_bytes", "Free space on the disk of the database", () => storeFacts().freeBytes);
}

/** One look at the queue for all that is said of it in one answer. */
const measureMsMax = 50;

function addQueue(registry: Registry, engine: Engine): void {
  let last: { readonly at: number; readonly measure: Promise<QueueMeasure> } | undefined;
  const measure = (): Promise<QueueMeasure> => {
    if (last === undefined || performance.now() - last.at > measureMsMax) last = { at: performance.now(), measure: engine.measureQueue() };
    return last.measure;
  };
  gauge(registry, {
    name: "stepwell_queue_items",
    help: "Queue items by state",
    labelNames: ["state"],
    async read() {
      const { ready, parked, held } = await measure();
      return Object.entries({ ready, parked, held }).map(([state, count]) => [{ state }, count]);
    },
  });
  gauge(registry, {
    name: "stepwell_queue_oldest_seconds",
    help: "Age of the oldest item that is due and not claimed",
    read: async () => [[{}, (await measure()).oldestReadyMs / 1_000]],
  });
}

const nsPerSecond = 1e9;

function addLoopDelay(registry: Registry): void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  gauge(registry, {
    name: "stepwell_event_loop_delay_seconds",
    help: "Delay of the event loop since the last look",
    labelNames: ["quantile"],
    read() {
      const quantiles = [50, 99].map(
        (quantile) => [{ quantile: String(quantile / 100) }, delay.percentile(quantile) / nsPerSecond] as const,
      );
      const rows: Rows = [...quantiles, [{ quantile: "1" }, delay.max / nsPerSecond]];
      delay.reset();
      return rows;
    },
  });
}

/** Histograms were counted before this was loaded, and prom-client's begin empty: their text is made here. */
function durations(tally: MetricsTally): string {
  const blocks: readonly (readonly [string, string, readonly (readonly [string, DurationTally])[]])[] = [
    ["stepwell_call_duration_seconds", "Calls to apps, by how they were answered", rowsOf(tally.callDurations, "outcome")],
    ["stepwell_run_start_delay_seconds", "From the start of a run being recorded to its first call", [["", tally.startDelay]]],
    ["stepwell_run_duration_seconds", "From the start of a run being recorded to its end", rowsOf(tally.runDurations, "status")],
  ];
  return blocks
    .map(([name, help, rows]) =>
      ["", `# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...rows.flatMap(([labels, each]) => each.lines(name, labels)), ""].join(
        "\n",
      ),
    )
    .join("");
}

function rowsOf(tallies: ReadonlyMap<string, DurationTally>, label: string): readonly (readonly [string, DurationTally])[] {
  return [...tallies].map(([value, each]) => [`${label}="${value}"`, each]);
}
