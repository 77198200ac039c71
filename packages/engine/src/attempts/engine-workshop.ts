// What working on runs needs of the engine: its parts, and the few things that concern more than one run.

import { type EpochMs, type ItemId, isEnded, type RunId, type StepId } from "@stepwell/protocol";
import {
  type CallUnit,
  type EventRecord,
  type EventResult,
  type Mark,
  type PlannedStep,
  rankUnderWay,
  type StepRequest,
  type Store,
} from "@stepwell/store";
import type { Breakers } from "../admission/breakers.ts";
import { isCallable, type Registry } from "../apps/registry.ts";
import { startByEnd } from "../events/end-events.ts";
import { type InvokeListeners, invokeListeners } from "../events/invoke-listeners.ts";
import { noEvents, type StartedEvents } from "../events/started-events.ts";
import { eventMapOf } from "../runs/event-map-of.ts";
import { type FunctionEntry, isOfRequest, itemIdOf, leaseOf, type RunInHand } from "../runs/run-in-hand.ts";
import { stepsOf, takeBorn, takePlanned } from "../runs/take-in-hand.ts";
import type { Clock } from "../seams/clock.ts";
import type { Gateway } from "../seams/gateway.ts";
import type { Observer } from "../seams/observer.ts";
import { newId, type Random } from "../seams/random.ts";
import type { CallReply, Transport } from "../seams/transport.ts";
import type { BatchWriter } from "../writer/batch-writer.ts";
import { asksForPause } from "./asks-for-pause.ts";
import { callOutcome } from "./call-outcome.ts";
import type { EndOfRun } from "./decide-reply.ts";
import { PutOffs } from "./put-offs.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import { RunLimits } from "./run-limits.ts";
import { StepCredentials } from "./step-credentials.ts";
import type { AttemptTotals, Workshop } from "./workshop.ts";

export interface EngineWorkshopParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly gateway: Gateway | undefined;
  readonly observer: Observer | undefined;
  readonly writer: BatchWriter;
  readonly registry: Registry;
  readonly policy: RetryPolicy;
  readonly breakers: Breakers;
  /** How many more runs may be born leased. */
  readonly roomForBorn: () => number;
  readonly takeBorn: (run: RunInHand) => void;
  readonly inHandOf: (runId: RunId) => readonly RunInHand[];
  readonly othersWait: () => boolean;
  /** A cursor was committed. */
  readonly startRest: () => void;
  /** Something of the store failed: what is held and not in hand is looked for. Says in how many ms. */
  readonly lookForLost: () => number;
}

export class EngineWorkshop implements Workshop {
  readonly totals: AttemptTotals = {
    callsMade: 0,
    runsStarted: 0,
    runsCompleted: 0,
    runsFailed: 0,
    runsCancelled: 0,
    stepsSettled: 0,
    attemptsFailed: 0,
  };
  readonly limits = new RunLimits();
  readonly holderId: Workshop["holderId"];
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly gateway: Gateway | undefined;
  readonly credentials = new StepCredentials();
  readonly writer: BatchWriter;
  readonly observer: Observer | undefined;
  readonly policy: RetryPolicy;
  isStopping = false;
  readonly #parts: EngineWorkshopParts;
  readonly #putOffs = new PutOffs();

  constructor(parts: EngineWorkshopParts) {
    this.#parts = parts;
    this.holderId = parts.store.holder.id;
    this.clock = parts.clock;
    this.random = parts.random;
    this.transport = parts.transport;
    this.gateway = parts.gateway;
    this.writer = parts.writer;
    this.observer = parts.observer;
    this.policy = parts.policy;
  }

  get roomForBorn(): number {
    return this.isStopping ? 0 : this.#parts.roomForBorn();
  }

  hasRoom(): boolean {
    return this.roomForBorn > 0;
  }

  othersWait(): boolean {
    return this.#parts.othersWait();
  }

  mark(): Mark {
    return this.#parts.store.waits.mark();
  }

  /** Functions that were removed start nothing. */
  readonly findFunction = (name: string): FunctionEntry | undefined => {
    const record = this.#parts.registry.find(name);
    return record === undefined || record.archivedAt !== undefined ? undefined : this.#parts.registry.entry(record.id);
  };

  readonly invokeListeners = (event: EventRecord, target: FunctionEntry): InvokeListeners => {
    const { registry, random } = this.#parts;
    return invokeListeners(event, target, { registry, random, now: this.clock.now() });
  };

  readonly newItemId = (): ItemId => newId(this.clock.now(), this.random);

  readonly startByEnd = (run: RunInHand, end: EndOfRun): StartedEvents => {
    if (!this.#parts.registry.hasEndListeners) return noEvents;
    const { record, isFailureHandler } = run.entry;
    const { status, output, error } = end;
    const now = this.clock.now();
    const { registry, random } = this.#parts;
    const facts = {
      runId: run.runId,
      slug: record.slug,
      environmentId: record.environmentId,
      status,
      endedAt: now,
      events: run.events,
      output,
      error,
      origin: run.origin,
    };
    return startByEnd(facts, isFailureHandler, { registry, random, now, room: this.roomForBorn });
  };

  takeStarted({ events, entries }: StartedEvents, results: readonly EventResult[]): void {
    if (events.some(({ rest }) => rest !== undefined)) this.#parts.startRest();
    for (let index = 0; index < events.length; index += 1) {
      const accepted = events[index];
      const result = results[index];
      if (accepted === undefined || result === undefined) continue;
      if (this.observer !== undefined)
        this.observer.emit({
          kind: "event.accepted",
          at: accepted.event.receivedAt,
          name: accepted.event.name,
          eventId: accepted.event.id,
          starts: accepted.starts.length + (accepted.rest?.length ?? 0),
          outcomes: accepted.outcomes.length,
          repeated: result.kind === "repeated",
        });
      if (result.kind === "repeated") continue;
      for (let place = 0; place < result.starts.length; place += 1) {
        const start = result.starts[place];
        const wanted = accepted.starts[place];
        const entry = entries[index]?.[place];
        if (start?.kind === "leased" && wanted !== undefined && entry !== undefined)
          this.#parts.takeBorn(takeBorn(wanted, start.runSeq, entry, accepted.event, result.mark));
      }
    }
  }

  takePlanned(run: RunInHand, unit: CallUnit, planned: readonly PlannedStep[]): void {
    for (const { stepId, itemId, itemSeq } of planned) {
      const effect = unit.effects.find((each) => each.kind === "plan_step" && each.stepId === stepId);
      if (effect?.kind !== "plan_step" || effect.request === undefined) continue;
      const request: StepRequest = { op: effect.op as StepRequest["op"], name: effect.name, body: effect.request };
      this.#parts.takeBorn(takePlanned(run, { itemId, itemSeq, stepId, race: effect.race, request }));
    }
  }

  dropRequests({ runId }: RunInHand, stepIds: readonly StepId[]): void {
    for (const stepId of stepIds) this.credentials.forget(runId, stepId);
    for (const run of this.#parts.inHandOf(runId)) {
      if (!isOfRequest(run.step) || !stepIds.includes(run.step.stepId)) continue;
      run.isEnded = true;
      run.abort?.abort();
    }
  }

  refresh(run: RunInHand): boolean {
    const entry = this.#parts.registry.entry(run.entry.record.id);
    if (entry === undefined || !isCallable(entry) || run.givesWay === true) return false;
    run.entry = entry;
    return true;
  }

  tellOutcome(run: RunInHand, reply: CallReply, sentAt: EpochMs): Promise<void> | undefined {
    const { breakers } = this.#parts;
    const isWatched = run.entry.flow?.options.circuitBreaker !== undefined || breakers.hasOpen || reply.kind === "error";
    if (!isWatched) return undefined;
    return breakers.record(run.entry, { event: () => eventMapOf(run), outcome: callOutcome(run, reply), sentAt });
  }

  putOffUntil(run: RunInHand, reply: CallReply): EpochMs | undefined {
    const itemId = itemIdOf(run);
    if (reply.kind !== "error" || reply.injected !== undefined || !asksForPause(reply)) {
      this.#putOffs.forget(itemId);
      return undefined;
    }
    if (!this.#putOffs.add(itemId)) return undefined;
    return reply.retryAt ?? this.#parts.breakers.pauseOf(run.entry, () => eventMapOf(run));
  }

  async reread(run: RunInHand): Promise<boolean> {
    const [state] = await this.#parts.store.runs.load([{ runSeq: run.runSeq }]);
    if (state === undefined || isEnded(state.run.status)) return false;
    if (run.step === undefined && state.run.generation !== run.generation) return false;
    Object.assign(run, stepsOf(state.entries));
    run.solo = run.step === undefined && state.otherItems === 0;
    return true;
  }

  async reload(run: RunInHand): Promise<boolean> {
    try {
      return await this.reread(run);
    } catch (error) {
      this.storeFailed(run, error);
      return false;
    }
  }

  async release(run: RunInHand): Promise<false> {
    try {
      await this.writer.commit({
        kind: "release",
        lease: leaseOf(run, this.holderId),
        rank: rankUnderWay(run.queuedAt, run.priorityMs),
      });
    } catch (error) {
      this.storeFailed(run, error);
    }
    return false;
  }

  storeFailed(run: RunInHand, error: unknown): void {
    this.reportStoreFailure(`recording a reply of run ${run.runId}`, error, this.#parts.lookForLost());
  }

  reportStoreFailure(during: string, error: unknown, retryInMs: number): void {
    this.observer?.emit({
      kind: "store.failed",
      at: this.clock.now() as EpochMs,
      during,
      message: error instanceof Error ? error.message : String(error),
      retryInMs,
    });
  }
}
