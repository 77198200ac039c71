// A fresh store with one app, and short ways to do with it what a case needs done.

import type { EpochMs, EventId, ItemId, JsonText, RunId, StepId, StoreSeq } from "@stepwell/protocol";
import type {
  AcceptedEvent,
  AcceptUnit,
  BeginSleep,
  ClaimedItem,
  ClaimResult,
  CommitResult,
  Effect,
  EventRecord,
  FunctionId,
  Lease,
  Next,
  OwnLease,
  PlanStep,
  RunChange,
  RunRecord,
  StartRun,
  StepLease,
  Store,
  StoredEvent,
  TimerRecord,
  Unit,
  UnitOutcome,
  WaitRecord,
} from "@stepwell/store";
import { rankOfStart, rankUnderWay } from "@stepwell/store";
import type { StoreBench } from "./open-store.ts";
import { call, openGroup, stepId, t0 } from "./parts.ts";

/** A run that was accepted, and the lease on it where it was born leased. */
export interface StartedRun {
  readonly runId: RunId;
  readonly runSeq: StoreSeq;
  readonly eventId: EventId;
  readonly start: "leased" | "queued";
  readonly lease: OwnLease;
}

const farFuture = (t0 * 2) as EpochMs;

export class Bench {
  readonly #bench: StoreBench;
  store: Store;
  /** Two functions of one app, as the first sync numbered them. */
  readonly functionId: FunctionId;
  readonly otherFunctionId: FunctionId;
  #lastId = 0;

  constructor(bench: StoreBench, functionIds: readonly [FunctionId, FunctionId]) {
    this.#bench = bench;
    this.store = bench.store;
    [this.functionId, this.otherFunctionId] = functionIds;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bench.dispose();
  }

  countUnderWay(): number {
    return this.#bench.countUnderWay();
  }

  countRequests(): number {
    return this.#bench.countRequests();
  }

  countGateRows(): number {
    return this.#bench.countGateRows();
  }

  async reopen(now = t0): Promise<void> {
    this.store = await this.#bench.reopen(now);
  }

  /** In the form of a ULID, and in order. */
  newId(): string {
    this.#lastId += 1;
    return `01HG${String(this.#lastId).padStart(22, "0")}`;
  }

  newItemId(): ItemId {
    return this.newId() as ItemId;
  }

  event(parts: Partial<EventRecord> = {}): EventRecord {
    return {
      id: this.newId() as EventId,
      environmentId: this.store.environmentId,
      name: "shop/order.placed",
      ts: t0,
      receivedAt: t0,
      data: '{"n":1}' as JsonText,
      ...parts,
    };
  }

  startOf(parts: Partial<StartRun> = {}): StartRun {
    return {
      runId: this.newId() as RunId,
      functionId: this.functionId,
      laneKey: "",
      rank: rankOfStart(t0),
      dueAt: t0,
      wantsLease: true,
      ...parts,
    };
  }

  accepted(starts: readonly StartRun[], event = this.event()): AcceptedEvent {
    return { event, starts, outcomes: [] };
  }

  accept(...events: readonly AcceptedEvent[]): AcceptUnit {
    return { kind: "accept", holder: this.store.holder, events };
  }

  commit(units: readonly Unit[], now = t0): Promise<CommitResult> {
    return this.store.commit(units, { now });
  }

  async outcomes(units: readonly Unit[], now = t0): Promise<readonly UnitOutcome[]> {
    return (await this.commit(units, now)).outcomes;
  }

  /** Sends one event that starts one run. */
  async start(parts: Partial<StartRun> = {}, now = t0, event: Partial<EventRecord> = {}): Promise<StartedRun> {
    const start = this.startOf(parts);
    const record = this.event(event);
    const [outcome] = await this.outcomes([this.accept(this.accepted([start], record))], now);
    const result = outcome?.kind === "accepted" && outcome.events[0]?.kind === "stored" ? outcome.events[0].starts[0] : undefined;
    if (result === undefined || (result.kind !== "leased" && result.kind !== "queued"))
      throw new Error(`the run did not start: ${JSON.stringify(outcome)}`);
    const { runSeq } = result;
    return {
      runId: start.runId,
      runSeq,
      eventId: record.id,
      start: result.kind,
      lease: { kind: "own", runSeq, holderId: this.store.holder.id, generation: 1 },
    };
  }

  /** Sends one event that starts nothing. */
  async send(parts: Partial<EventRecord> = {}, now = t0): Promise<StoredEvent> {
    const event = this.event({ name: "shop/paid", receivedAt: now, ...parts });
    const [outcome] = await this.outcomes([this.accept(this.accepted([], event))], now);
    const [result] = outcome?.kind === "accepted" ? outcome.events : [];
    if (result?.kind !== "stored") throw new Error(`the event was not stored: ${JSON.stringify(outcome)}`);
    return { ...event, seq: result.seq };
  }

  /** A run of execution version 2 whose first reply brought these effects and nothing else; it is parked. */
  async waiting(effects: readonly Effect[], change: RunChange = { version: 2 }): Promise<StartedRun> {
    const run = await this.start();
    const [outcome] = await this.outcomes([call(run.lease, effects, this.park(), change)]);
    if (outcome?.kind !== "committed") throw new Error(`the waits were not registered: ${JSON.stringify(outcome)}`);
    return run;
  }

  /** Every wait and rule there is, in the order of their registration. */
  async waits(): Promise<readonly WaitRecord[]> {
    const { waits } = await this.store.timers.due({ now: farFuture, limit: 1_000 });
    return [...waits].sort((one, other) => one.seq - other.seq);
  }

  async timers(): Promise<readonly TimerRecord[]> {
    return (await this.store.timers.due({ now: farFuture, limit: 1_000 })).timers;
  }

  /** The one wait or rule there is. */
  async onlyWait(): Promise<WaitRecord> {
    const waits = await this.waits();
    const [wait] = waits;
    if (wait === undefined || waits.length > 1) throw new Error(`there are ${waits.length} waits`);
    return wait;
  }

  /** The results of the settled steps, by step. */
  async memos(runSeq: StoreSeq): Promise<Readonly<Record<string, unknown>>> {
    const [state] = await this.store.runs.load([{ runSeq }]);
    return Object.fromEntries((state?.entries ?? []).map(({ stepId: id, memo }) => [id.replace(/0+$/, ""), JSON.parse(memo)]));
  }

  claim(parts: Partial<Parameters<Store["queue"]["claim"]>[0]> = {}): Promise<ClaimResult> {
    const { id: holderId, epoch } = this.store.holder;
    return this.store.queue.claim({ holderId, epoch, now: t0, limit: 100, perLane: 10, ...parts });
  }

  async claimOne(now = t0): Promise<ClaimedItem> {
    const { items } = await this.claim({ now, limit: 1 });
    const [item] = items;
    if (item === undefined) throw new Error("nothing was due");
    return item;
  }

  leaseOf(item: ClaimedItem): Lease {
    const { runSeq, generation } = item;
    const holderId = this.store.holder.id;
    if (item.kind === "own") return { kind: "own", runSeq, holderId, generation };
    return { kind: "step", runSeq, itemSeq: item.itemSeq as StoreSeq, holderId, generation } satisfies StepLease;
  }

  async run(runId: RunId): Promise<RunRecord> {
    const run = await this.store.runs.find(runId);
    if (run === undefined) throw new Error(`there is no run ${runId}`);
    return run;
  }

  /** The ids of the settled steps, in their order. */
  async journal(runSeq: StoreSeq): Promise<readonly string[]> {
    const [state] = await this.store.runs.load([{ runSeq }]);
    return (state?.entries ?? []).map(({ stepId: id }) => id.replace(/0+$/, ""));
  }

  /** Of a run of execution version 2 whose first reply planned these steps: its step items, claimed. */
  async fanOut(names: readonly string[], options: { readonly race?: boolean; readonly version?: number } = {}): Promise<FannedOut> {
    const run = await this.start();
    const race = options.race ?? false;
    const version = options.version ?? 2;
    const group = openGroup(names, race);
    const effects: Effect[] = version >= 2 ? [group] : [];
    for (const name of names) effects.push(this.plan(name, { race }));
    const unit = call(run.lease, effects, this.park(), { version, plan: true });
    const [outcome] = await this.outcomes([unit]);
    if (outcome?.kind !== "committed") throw new Error(`the steps were not planned: ${JSON.stringify(outcome)}`);
    const { items } = await this.claim();
    return { ...run, items };
  }

  plan(name: string, parts: Partial<PlanStep> = {}): PlanStep {
    return {
      kind: "plan_step",
      stepId: stepId(name),
      itemId: this.newItemId(),
      op: "StepRun",
      name,
      race: false,
      dueAt: t0,
      rank: rankUnderWay(t0),
      ...parts,
    };
  }

  sleep(name: string, dueAt: EpochMs, parts: Partial<BeginSleep> = {}): BeginSleep {
    return {
      kind: "begin_sleep",
      stepId: stepId(name),
      name,
      race: false,
      dueAt,
      startedAt: t0,
      rank: rankUnderWay(t0),
      ...parts,
    };
  }

  queue(dueAt: EpochMs, attempt = 0, sleepStepId?: StepId): Next {
    const item = { kind: "queue", dueAt, attempt, rank: rankUnderWay(t0) } as const;
    return sleepStepId === undefined ? item : { ...item, sleepStepId };
  }

  park(): Next {
    return { kind: "park", rank: rankUnderWay(t0) };
  }
}

export interface FannedOut extends StartedRun {
  readonly items: readonly ClaimedItem[];
}
