// Reads what an answer to "why?" needs, each a bounded number of rows, and has it explained.

import { type EpochMs, type EventId, limits, type RunId } from "@stepwell/protocol";
import type { FunctionId, PendingReport, QueuePlace, RunReport, Store } from "@stepwell/store";
import type { BreakerReport, Breakers } from "../admission/breakers.ts";
import type { Registry } from "../apps/registry.ts";
import type { Hands } from "../queue/hands.ts";
import type { FunctionEntry, RunInHand } from "../runs/run-in-hand.ts";
import type { RunPhase } from "../runs/run-phase-report.ts";
import type { EventExplanation } from "./event-explanation.ts";
import { explainEvent } from "./explain-event.ts";
import { explainPending } from "./explain-pending.ts";
import { explainRun } from "./explain-run.ts";
import type { Explanations } from "./explanations.ts";
import type { RunExplanation } from "./run-explanation.ts";
import type { CallFacts, SeenRun } from "./run-facts.ts";
import { type RunKey, runKeys } from "./run-keys.ts";

export interface ExplainerParts {
  readonly store: Store;
  readonly registry: Registry;
  readonly hands: Pick<Hands, "ofRun" | "inFlight" | "waiting">;
  readonly breakers: Pick<Breakers, "list">;
  readonly callsInFlightMax: number;
  readonly now: () => EpochMs;
  readonly phaseOf: (run: RunReport) => RunPhase;
}

export class Explainer implements Explanations {
  readonly #parts: ExplainerParts;

  constructor(parts: ExplainerParts) {
    this.#parts = parts;
  }

  async run(runId: RunId): Promise<RunExplanation | undefined> {
    const { store, now } = this.#parts;
    const { reports } = store;
    const run = await reports.getRun(runId);
    if (run === undefined) {
      const pending = await reports.pendingRun(runId);
      return pending === undefined ? undefined : explainPending(pending, this.#entryOf(pending.functionId), now());
    }
    const isOver = run.endedAt !== undefined;
    const aheadMax = limits.explainAheadMax;
    const places = isOver ? [] : await store.queue.explain({ runId, now: now(), limit: aheadMax });
    const place = firstOf(places);
    const [waits, lastFailure, owners, releases] = await Promise.all([
      isOver ? [] : reports.runWaits(runId, limits.explainNamedMax),
      isOver ? undefined : reports.failedAttempt(runId),
      this.#seenOf(place?.gates.flatMap((gate) => (gate.isShut ? gate.owners.slice(0, limits.explainNamedMax) : [])) ?? []),
      place?.state === "ready" ? reports.laneReleases(place.first[0] ?? runId, limits.explainReleasesMax) : [],
    ]);
    const children = await this.#seenOf(waits.flatMap(({ child }) => child?.runId ?? []));
    const entry = this.#entryOf(run.functionId);
    return explainRun({
      ...this.#seen(run),
      ...{ now: now(), entry, place, aheadMax, waits, lastFailure, owners, children, releases },
      app: this.#parts.registry.apps().find(({ id }) => id === run.appId),
      breaker: this.#breakerOf(run, entry),
      room: this.#room(),
      inCall: this.#parts.hands
        .ofRun(runId)
        .filter(({ isInCall }) => isInCall)
        .map(callOf),
    });
  }

  keysOf(run: RunReport): readonly RunKey[] {
    return runKeys(run, this.#entryOf(run.functionId));
  }

  async event(eventId: EventId): Promise<EventExplanation | undefined> {
    const { store, registry, now } = this.#parts;
    const { reports } = store;
    const event = await reports.getEvent(eventId);
    if (event === undefined) return undefined;
    const [runs, outcomes, rest, wakes] = await Promise.all([
      reports.eventRuns(eventId),
      reports.eventOutcomes(eventId),
      reports.eventRest(eventId, limits.explainEventRowsMax),
      reports.eventWakes(eventId, limits.explainEventRowsMax),
    ]);
    const collected = outcomes.filter(({ kind }) => kind === "batched" || kind === "debounced" || kind === "duplicate");
    const named = await this.#namedOf(collected.map(({ detail }) => detail as RunId));
    return explainEvent({
      ...{ now: now(), event, outcomes, rest, wakes, named },
      runs: runs.map((run) => this.#seen(run)),
      functions: registry.known(),
      entryOf: (functionId) => this.#entryOf(functionId),
    });
  }

  #room(): { readonly limit: number; readonly inUse: number; readonly waiting: number } {
    const { hands, callsInFlightMax } = this.#parts;
    return { limit: callsInFlightMax, inUse: hands.inFlight, waiting: hands.waiting };
  }

  #breakerOf(run: RunReport, entry: FunctionEntry | undefined): BreakerReport | undefined {
    const value = runKeys(run, entry).find(({ option }) => option === "circuitBreaker")?.key;
    return this.#parts.breakers.list().find((each) => each.functionId === run.functionId && each.value === value);
  }

  #entryOf(functionId: FunctionId): FunctionEntry | undefined {
    return this.#parts.registry.entry(functionId);
  }

  #seen(run: RunReport): SeenRun {
    const { hands, phaseOf } = this.#parts;
    const [held] = run.endedAt === undefined ? hands.ofRun(run.id) : [];
    return { run, phase: phaseOf(run), ...(held === undefined ? {} : { heldSince: held.leasedAt }) };
  }

  async #seenOf(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, SeenRun>> {
    const reports = await Promise.all([...new Set(runIds)].map((runId) => this.#parts.store.reports.getRun(runId)));
    return new Map(reports.flatMap((run) => (run === undefined ? [] : [[run.id, this.#seen(run)]])));
  }

  /** Each of them is a run, or will be one. */
  async #namedOf(runIds: readonly RunId[]): Promise<ReadonlyMap<RunId, SeenRun | PendingReport>> {
    const runs = await this.#seenOf(runIds);
    const others = [...new Set(runIds)].filter((runId) => !runs.has(runId));
    const pending = await Promise.all(others.map((runId) => this.#parts.store.reports.pendingRun(runId)));
    return new Map<RunId, SeenRun | PendingReport>([
      ...runs,
      ...pending.flatMap((each) => (each === undefined ? [] : [[each.runId, each] as const])),
    ]);
  }
}

/** The item that goes first says what keeps the run: one that is ready, else the one that is due first. */
function firstOf(places: readonly QueuePlace[]): QueuePlace | undefined {
  return places.find(({ state }) => state === "ready") ?? places.toSorted((one, other) => one.dueAt - other.dueAt)[0];
}

function callOf({ step, attempt, leasedAt }: RunInHand): CallFacts {
  return { stepId: step?.stepId, attempt, since: leasedAt };
}
