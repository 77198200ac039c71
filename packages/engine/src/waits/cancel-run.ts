import { type EpochMs, isEnded, type RunId, type StoreSeq } from "@stepwell/protocol";
import type { CancelUnit, EventResult, RunRecord, Store, TimerRef, UnitOutcome } from "@stepwell/store";
import type { Registry } from "../apps/registry.ts";
import { startByEnd } from "../events/end-events.ts";
import { noEvents, type StartedEvents } from "../events/started-events.ts";
import type { Clock } from "../seams/clock.ts";
import type { Random } from "../seams/random.ts";
import type { BatchWriter } from "../writer/batch-writer.ts";

export interface CancelParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly registry: Registry;
  readonly writer: BatchWriter;
  readonly roomForBorn: () => number;
  readonly takeStarted: (started: StartedEvents, results: readonly EventResult[]) => void;
  /** Whoever works on the run here is told to stop. */
  readonly onCancelled: (cancelled: CancelledRun) => void;
}

export interface CancelledRun {
  readonly runId: RunId;
  readonly slug: string;
  readonly queuedAt: EpochMs;
  readonly endedAt: EpochMs;
}

export interface CancelParams {
  readonly runId: RunId;
  readonly reason: string;
  /** The rule that was fulfilled, or the timer that asks for it: without it the run goes on. */
  readonly waitSeq?: StoreSeq;
  readonly timer?: TimerRef;
}

/** Ends a run, whoever holds it, with the events of its end. */
export async function cancelRun(parts: CancelParts, params: CancelParams): Promise<UnitOutcome> {
  const endedAt = parts.clock.now();
  const { runId } = params;
  const run = await parts.store.runs.find(runId);
  const started = await eventsOf(parts, run, endedAt);
  const events = started.events.length === 0 ? {} : { events: started.events };
  const unit: CancelUnit = { kind: "cancel", ...params, endedAt, ...events };
  const outcome = await parts.writer.commit(unit);
  if (outcome.kind !== "committed") return outcome;
  const slug = run === undefined ? "" : (parts.registry.entry(run.functionId)?.record.slug ?? "");
  parts.onCancelled({ runId, slug, queuedAt: run?.queuedAt ?? endedAt, endedAt });
  if (started.events.length > 0) parts.takeStarted(started, outcome.events ?? []);
  return outcome;
}

/** The run's state is read only where a function listens to what its end says. */
async function eventsOf(parts: CancelParts, run: RunRecord | undefined, endedAt: EpochMs): Promise<StartedEvents> {
  const { registry, store, random } = parts;
  if (!registry.hasEndListeners || run === undefined || isEnded(run.status)) return noEvents;
  const [state] = await store.runs.load([{ runSeq: run.seq }]);
  const entry = registry.entry(run.functionId);
  if (state === undefined || entry === undefined) return noEvents;
  const { id: runId, environmentId, origin } = run;
  const facts = { runId, slug: entry.record.slug, environmentId, status: "cancelled", endedAt, events: state.events, origin } as const;
  return startByEnd(facts, entry.isFailureHandler, { registry, random, now: endedAt, room: parts.roomForBorn() });
}
