// What has happened since the server began, counted as it happens. Plain numbers: what makes the text of `/metrics` from
// them is loaded when somebody asks for it.

import type { Observer, Occurrence } from "@stepwell/engine";
import { limits } from "@stepwell/protocol";
import { DurationTally } from "./duration-tally.ts";

export type EndStatus = "completed" | "failed" | "cancelled" | "skipped";
export const endStatuses: readonly EndStatus[] = ["completed", "failed", "cancelled", "skipped"];

export interface FunctionTally {
  started: number;
  completed: number;
  failed: number;
  cancelled: number;
  skipped: number;
  stepsCompleted: number;
  stepsFailed: number;
  attemptsFailed: number;
  retries: number;
}

/** Where functions over the limit are counted together: an app that makes names up must not fill the memory. */
const otherFunctions = "other";
/** A run that was cancelled while nobody had it in hand. */
const unknownFunction = "unknown";

export class MetricsTally implements Observer {
  readonly functions = new Map<string, FunctionTally>();
  readonly startDelay = new DurationTally();
  readonly runDurations = new Map<EndStatus, DurationTally>();
  /** By how the app answered. */
  readonly callDurations = new Map<string, DurationTally>();
  eventsRepeated = 0;
  eventOutcomes = 0;
  readonly repliesRefused = { lease_lost: 0, too_late: 0, stale_checkpoint: 0 };
  readonly syncs = { synced: 0, refused: 0 };
  leasesTakenOver = 0;
  readonly retentionRemoved = { runs: 0, events: 0 };
  readonly ticksSkipped = { missed: 0, overlap: 0 };
  storeFailures = 0;
  clockJumps = 0;
  readonly breakers = { opened: 0, closed: 0 };
  /** By the kind of fault. */
  readonly chaosFaults = new Map<string, number>();

  emit(occurrence: Occurrence): void {
    switch (occurrence.kind) {
      case "event.accepted":
        if (occurrence.repeated) this.eventsRepeated += 1;
        this.eventOutcomes += occurrence.outcomes;
        return;
      case "run.started":
        this.#of(occurrence.slug).started += 1;
        this.startDelay.add(occurrence.at - occurrence.queuedAt);
        return;
      case "run.ended":
        this.#of(occurrence.slug)[occurrence.status] += 1;
        tallyOf(this.runDurations, occurrence.status).add(occurrence.at - occurrence.queuedAt);
        return;
      case "step.settled":
        this.#of(occurrence.slug)[occurrence.failed ? "stepsFailed" : "stepsCompleted"] += 1;
        return;
      case "attempt.failed":
        this.#of(occurrence.slug).attemptsFailed += 1;
        if (occurrence.retryAt !== undefined) this.#of(occurrence.slug).retries += 1;
        return;
      default:
        this.#emitRare(occurrence);
    }
  }

  #emitRare(occurrence: Occurrence): void {
    switch (occurrence.kind) {
      case "attempt.lease_lost":
        this.repliesRefused.lease_lost += 1;
        return;
      case "attempt.too_late":
        this.repliesRefused.too_late += 1;
        return;
      case "checkpoint.stale":
        this.repliesRefused.stale_checkpoint += 1;
        return;
      case "app.synced":
        this.syncs.synced += 1;
        return;
      case "app.sync_refused":
        this.syncs.refused += 1;
        return;
      case "queue.taken_over":
        this.leasesTakenOver += occurrence.freed;
        return;
      case "schedule.skipped":
        this.ticksSkipped[occurrence.reason] += 1;
        return;
      case "retention.finished":
        this.retentionRemoved.runs += occurrence.runs;
        this.retentionRemoved.events += occurrence.events;
        return;
      case "store.failed":
        this.storeFailures += 1;
        return;
      case "clock.jumped_back":
        this.clockJumps += 1;
        return;
      case "breaker.opened":
        this.breakers.opened += 1;
        return;
      case "breaker.closed":
        this.breakers.closed += 1;
        return;
      case "chaos.injected":
        this.chaosFaults.set(occurrence.fault, (this.chaosFaults.get(occurrence.fault) ?? 0) + 1);
        return;
      default: // Of no interest to metrics.
    }
  }

  callEnded(outcome: string, ms: number): void {
    tallyOf(this.callDurations, outcome).add(ms);
  }

  #of(slug: string): FunctionTally {
    const known = this.functions.get(slug);
    if (known !== undefined) return known;
    const name = slug === "" ? unknownFunction : this.functions.size < limits.metricsFunctionsMax ? slug : otherFunctions;
    const tally = this.functions.get(name) ?? emptyTally();
    this.functions.set(name, tally);
    return tally;
  }
}

function emptyTally(): FunctionTally {
  return {
    started: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
    skipped: 0,
    stepsCompleted: 0,
    stepsFailed: 0,
    attemptsFailed: 0,
    retries: 0,
  };
}

function tallyOf<Key>(tallies: Map<Key, DurationTally>, key: Key): DurationTally {
  const known = tallies.get(key);
  if (known !== undefined) return known;
  const made = new DurationTally();
  tallies.set(key, made);
  return made;
}
