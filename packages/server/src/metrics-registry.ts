import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Engine, EngineGauges } from "@stepwell/engine";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";

const counters: readonly (readonly [string, string, (gauges: EngineGauges) => number])[] = [
  ["stepwell_events_total", "Events accepted", (gauges) => gauges.eventsAccepted],
  ["stepwell_runs_started_total", "Runs whose first call was recorded", (gauges) => gauges.runsStarted],
  ["stepwell_runs_completed_total", "Runs that completed", (gauges) => gauges.runsCompleted],
  ["stepwell_runs_failed_total", "Runs that failed", (gauges) => gauges.runsFailed],
  ["stepwell_runs_cancelled_total", "Runs that were cancelled", (gauges) => gauges.runsCancelled],
  ["stepwell_steps_total", "Steps that got their result", (gauges) => gauges.stepsSettled],
  ["stepwell_attempts_failed_total", "Attempts that failed", (gauges) => gauges.attemptsFailed],
  ["stepwell_calls_total", "Calls made to apps", (gauges) => gauges.callsMade],
  ["stepwell_commits_total", "Transactions committed", (gauges) => gauges.commits],
  ["stepwell_rows_written_total", "Rows written", (gauges) => gauges.rowsWritten],
  ["stepwell_commit_seconds_total", "Seconds spent in commits", (gauges) => gauges.commitMs / 1_000],
];

/** Everything is read when somebody asks, so that nobody asking costs nothing. */
export function metricsRegistry(engine: Engine): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const [name, help, read] of counters) {
    const counter = new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        counter.reset();
        counter.inc(read(engine.gauges()));
      },
    });
  }
  gauge(registry, "stepwell_calls_in_flight", "Calls under way", () => engine.gauges().callsInFlight);
  gauge(registry, "stepwell_runs_in_memory", "Runs in hand, under way or waiting for a free call", () => engine.gauges().runsInMemory);
  addQueue(registry, engine);
  addLoopDelay(registry);
  return registry;
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  const made: Gauge = new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      made.set(read());
    },
  });
}

/** Each metric reads for itself: when one of them is asked, another may have answered already. */
function addQueue(registry: Registry, engine: Engine): void {
  const items: Gauge = new Gauge({
    name: "stepwell_queue_items",
    help: "Queue items by state",
    labelNames: ["state"],
    registers: [registry],
    async collect() {
      const measure = await engine.measureQueue();
      for (const state of ["ready", "parked", "held"] as const) items.set({ state }, measure[state]);
    },
  });
  const age: Gauge = new Gauge({
    name: "stepwell_queue_oldest_seconds",
    help: "Age of the oldest item that is due and not claimed",
    registers: [registry],
    async collect() {
      age.set((await engine.measureQueue()).oldestReadyMs / 1_000);
    },
  });
}

function addLoopDelay(registry: Registry): void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const made = new Gauge({
    name: "stepwell_event_loop_delay_seconds",
    help: "Delay of the event loop since the last look",
    labelNames: ["quantile"],
    registers: [registry],
    collect() {
      for (const quantile of [50, 99]) made.set({ quantile: String(quantile / 100) }, delay.percentile(quantile) / 1e9);
      made.set({ quantile: "1" }, delay.max / 1e9);
      delay.reset();
    },
  });
}
