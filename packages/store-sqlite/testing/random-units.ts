// Units of every kind, drawn from numbers that somebody chose, so that a failure shrinks.

import type { EventId, ItemId, JsonText, LogEntry, RunId, StepId } from "@stepwell/protocol";
import type {
  AcceptedEvent,
  BeginWait,
  CancelRule,
  CursorRecord,
  Effect,
  FunctionId,
  Lease,
  Mark,
  Next,
  PendingRun,
  RunTimer,
  StartGates,
  StartRun,
  Store,
  StoredEvent,
  TimerRecord,
  Unit,
  WaitRecord,
} from "@stepwell/store";
import { randomCollect } from "./random-collect.ts";

type Now = Store["lastNow"];

/** What is there to be acted on, as the store told. */
export interface Surroundings {
  readonly store: Store;
  readonly now: Now;
  readonly runs: RunId[];
  readonly leases: Lease[];
  readonly events: readonly StoredEvent[];
  readonly waits: readonly WaitRecord[];
  readonly timers: readonly TimerRecord[];
  readonly cursors: readonly CursorRecord[];
  readonly pending: readonly PendingRun[];
}

export const eventNames = ["e", "paid", "inngest/function.finished"] as const;
const stepNames = ["a", "b", "c", "d", "e"] as const;
const signals = ["go", "stop"] as const;
const notStartedMemos = { duplicate: '"duplicate"' as JsonText, rate_limited: '"limited"' as JsonText, skipped: '"skipped"' as JsonText };
const rate = { limit: 3, periodMs: 400, burst: 2 };
const fingerprints = ["f1", "f2"] as const;
const place = { rank: 0 };
const large = JSON.stringify("x".repeat(17_000)) as JsonText;

export class RandomUnits {
  readonly #choices: readonly number[];
  #next = 0;
  #lastId = 0;
  /** Ids of runs that were collected. */
  readonly #collected = new Set<RunId>();

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  get isOver(): boolean {
    return this.#next >= this.#choices.length;
  }

  pick(below: number): number {
    const choice = this.#choices[this.#next] ?? 0;
    this.#next += 1;
    return choice % below;
  }

  one<Item>(items: readonly Item[]): Item {
    return items[this.pick(items.length)] as Item;
  }

  unit(around: Surroundings): Unit {
    const kind = this.pick(16);
    if (kind < 2 || around.runs.length === 0) return this.#accept(around);
    if (kind === 2 && this.pick(3) === 0) return this.#cancel(around);
    if ((kind === 3 || kind === 9) && around.waits.length > 0) return this.#resolve(around);
    if (kind === 4 && around.waits.length > 0) return this.#ofWait(around);
    if (kind === 5) return this.#signal(around);
    if (kind === 6) return this.#timer(around);
    if (kind === 7 && around.cursors.length > 0) return this.#advance(around);
    if (kind === 12 && this.pick(3) === 0) return this.#notes(around);
    if (kind === 13 && around.pending.length > 0) return this.#startPending(around);
    if (kind === 11 && this.pick(3) === 0) return this.#rerun(around);
    if (kind === 12 && this.pick(3) === 0) {
      const state = this.one(["open", "resolved", "ignored"] as const);
      const { environmentId } = around.store;
      return { kind: "set_failure_state", environmentId, fingerprint: this.one(fingerprints), state, at: around.now };
    }
    if (kind === 10 && this.pick(3) === 0) return { kind: "append_logs", runId: this.one(around.runs), entries: [this.#logs(around)] };
    if (around.leases.length === 0) return this.#accept(around);
    // Mostly each lease is used once; now and then it stays, to be used when it is stale.
    const lease = this.one(around.leases);
    if (this.pick(6) > 0) around.leases.splice(around.leases.indexOf(lease), 1);
    if (kind === 8) return { kind: "release", lease, rank: this.pick(5) };
    return {
      kind: "call",
      lease,
      effects: this.#effects(lease, around),
      next: this.#nextOf(lease, around),
      change: this.pick(2) === 0 ? {} : { version: 2, plan: this.pick(2) === 0 },
    };
  }

  #newId(): string {
    this.#lastId += 1;
    return `01HG${String(this.#lastId).padStart(22, "0")}`;
  }

  #event(around: Surroundings): AcceptedEvent["event"] {
    const at = around.now;
    // Now and then a sender's retry.
    const id = this.pick(10) === 0 && around.events.length > 0 ? this.one(around.events).id : (this.#newId() as EventId);
    const data = this.pick(8) === 0 ? large : ("{}" as JsonText);
    return { id, environmentId: around.store.environmentId, name: this.one(eventNames), ts: at, receivedAt: at, data };
  }

  #start(around: Surroundings): StartRun {
    const { now } = around;
    const collect = this.pick(4) === 0 ? randomCollect(this, now) : undefined;
    // A culprit, whose neighbours go through. What is collected is no run yet, and has an id that no run has.
    const last = around.runs.at(-1);
    const taken = collect === undefined && this.pick(20) === 0 && last !== undefined && !this.#collected.has(last) ? last : undefined;
    const runId = taken ?? (this.#newId() as RunId);
    if (taken === undefined && collect === undefined) around.runs.push(runId);
    if (collect !== undefined) this.#collected.add(runId);
    const cancelRules = Array.from({ length: this.pick(3) }, () => this.#rule(around));
    const timers: readonly RunTimer[] = this.pick(3) === 0 ? [{ kind: "finish_deadline", dueAt: later(now, 100) }] : [];
    return {
      runId,
      functionId: (1 + this.pick(2)) as FunctionId,
      laneKey: "",
      rank: this.pick(5),
      dueAt: later(now, this.pick(4) === 0 ? 100 : 0),
      wantsLease: this.pick(3) > 0,
      ...(this.pick(6) === 0 ? { dedupe: { key: "k", expiresAt: later(now, 200) } } : {}),
      ...(this.pick(4) === 0 ? { gates: this.#gates(now) } : {}),
      ...(collect === undefined ? {} : { collect }),
      ...(cancelRules.length === 0 ? {} : { cancelRules }),
      ...(timers.length === 0 ? {} : { timers }),
    };
  }

  #gates(now: Now): StartGates {
    return {
      ...(this.pick(2) === 0 ? { idempotency: { key: this.one(["key a", "key b"]), expiresAt: later(now, 200) } } : {}),
      ...(this.pick(2) === 0 ? { singleton: { key: this.one(["a", "b"]), mode: this.one(["skip", "cancel"] as const) } } : {}),
      ...(this.pick(2) === 0 ? { rateLimit: { key: this.one(["a", "b"]), rate } } : {}),
    };
  }

  #rule(around: Surroundings): CancelRule {
    const term = this.pick(2) === 0 ? {} : { term: { path: "data.n", value: "1" as JsonText } };
    return { eventName: this.one(eventNames), ...term, dueAt: later(around.now, 300) };
  }

  #accept(around: Surroundings): Unit {
    const starts = Array.from({ length: this.pick(3) }, () => this.#start(around));
    const outcomes = this.pick(4) === 0 ? [{ functionId: 2 as FunctionId, kind: "expression_false" as const }] : [];
    const rest = Array.from({ length: this.pick(5) === 0 ? 1 + this.pick(3) : 0 }, () => ({
      functionId: 1 as FunctionId,
      runId: this.#newId() as RunId,
      dueAt: around.now,
    }));
    const event = { event: this.#event(around), starts, outcomes, ...(rest.length === 0 ? {} : { rest }) };
    const timer = this.pick(6) === 0 ? around.timers.find(({ kind }) => kind === "cron") : undefined;
    if (timer === undefined) return { kind: "accept", holder: around.store.holder, events: [event] };
    const { kind, subject, dueAt } = timer;
    return { kind: "accept", holder: around.store.holder, events: [event], timer: { kind, subject, dueAt } };
  }

  #notes(around: Surroundings): Unit {
    const target = this.pick(2) === 0 ? {} : { stepId: this.one(stepNames) as string as StepId };
    const op = this.one(["merge", "set", "delete", "add"] as const);
    const updates = [{ kind: this.one(["k", "l"]), op, values: { [this.one(["a", "b"])]: this.pick(3) } }];
    return { kind: "set_metadata", runId: this.one(around.runs), at: around.now, entries: [{ target, updates }] };
  }

  #rerun(around: Surroundings): Unit {
    const of = this.one(around.runs);
    const { dedupe: _, collect: __, ...start } = this.#start(around);
    const given = (): { readonly memo?: JsonText } => (this.pick(4) === 0 ? { memo: this.one(["1", large]) as JsonText } : {});
    const keep = stepNames.filter(() => this.pick(3) === 0).map((name) => ({ stepId: name as string as StepId, ...given() }));
    const fromStep = this.one(stepNames) as string as StepId;
    return {
      kind: "rerun",
      of,
      start: { ...start, origin: "rerun" },
      keep,
      ...(this.pick(2) === 0 ? { fromStep } : {}),
      ...(this.pick(3) === 0 ? { once: true } : {}),
    };
  }

  #endEvents(around: Surroundings): { readonly events?: readonly AcceptedEvent[] } {
    if (this.pick(4) > 0) return {};
    return { events: [{ event: this.#event(around), starts: [this.#start(around)], outcomes: [] }] };
  }

  #cancel(around: Surroundings): Unit {
    const { now: endedAt, waits, timers } = around;
    const runId = this.one(around.runs);
    const rule = this.pick(2) === 0 ? waits.find((wait) => wait.kind === "cancel") : undefined;
    if (rule !== undefined)
      return { kind: "cancel", runId: rule.runId, reason: "rule", endedAt, waitSeq: rule.seq, ...this.#endEvents(around) };
    const timer = this.pick(2) === 0 ? timers.find(({ kind }) => kind === "finish_deadline" || kind === "cancel_run") : undefined;
    if (timer === undefined) return { kind: "cancel", runId, reason: "test", endedAt, ...this.#endEvents(around) };
    const { kind, subject, dueAt } = timer;
    return { kind: "cancel", runId: subject as RunId, reason: "timer", endedAt, timer: { kind, subject, dueAt } };
  }

  #resolve(around: Surroundings): Unit {
    const open = around.waits.filter((wait) => wait.kind !== "cancel" || this.pick(8) === 0);
    const { seq: waitSeq } = this.one(open.length === 0 ? around.waits : open);
    const event = around.events.length === 0 || this.pick(3) === 0 ? undefined : this.one(around.events);
    const memo = (this.pick(5) === 0 ? large : "null") as JsonText;
    const { id, epoch } = around.store.holder;
    const holder = this.pick(2) === 0 ? {} : { holder: { id, epoch: this.pick(4) === 0 ? epoch - 1 : epoch } };
    const end = { kind: "resolve_wait", waitSeq, endedAt: around.now, ...holder } as const;
    if (event === undefined) return { ...end, result: { kind: "memo", memo, failed: this.pick(2) === 0 } };
    if (this.pick(3) === 0) return { ...end, result: { kind: "derived", eventId: event.id, memo } };
    return { ...end, result: { kind: "event", eventSeq: event.seq, eventId: event.id } };
  }

  #ofWait(around: Surroundings): Unit {
    const { seq } = this.one(around.waits);
    return this.pick(4) > 0 ? { kind: "looked", waitSeqs: [seq] } : { kind: "drop_wait", waitSeq: seq };
  }

  #signal({ store, now }: Surroundings): Unit {
    const data = (this.pick(5) === 0 ? large : "1") as JsonText;
    return {
      kind: "signal",
      environmentId: store.environmentId,
      signal: this.one(signals),
      data,
      endedAt: now,
      keptUntil: later(now, 150),
    };
  }

  #timer({ now, timers: all }: Surroundings): Unit {
    // Those of what is collected go with it.
    const timers = all.filter(({ kind }) => kind !== "debounce" && kind !== "batch");
    const known = timers.length > 0 && this.pick(2) === 0 ? this.one(timers) : undefined;
    const subject = known?.subject ?? this.one(["x", "y"]);
    const next = this.pick(3) === 0 ? {} : { next: { dueAt: later(now, 50) } };
    return { kind: "set_timer", timer: known?.kind ?? "cron", subject, ...(known === undefined ? {} : { expected: known.dueAt }), ...next };
  }

  #startPending(around: Surroundings): Unit {
    const { runId, functionId, kind, joins } = this.one(around.pending);
    const timer = around.timers.find((each) => each.kind === kind && each.subject === runId);
    const { collect: _, ...start } = this.#start(around);
    around.runs.push(runId);
    const { dueAt } = timer ?? { dueAt: around.now };
    return {
      kind: "start_pending",
      holder: around.store.holder,
      timer: { kind, subject: runId, dueAt },
      joins: joins - (this.pick(6) === 0 ? 1 : 0),
      start: { ...start, runId, functionId },
    };
  }

  #advance(around: Surroundings): Unit {
    const cursor = this.one(around.cursors);
    const { runId, functionId } = cursor.plan[cursor.position] ?? { runId: this.#newId() as RunId, functionId: 1 as FunctionId };
    const position = cursor.position + (this.pick(6) === 0 ? 1 : 0);
    const { collect, ...start } = this.#start(around);
    // Where an earlier try was turned away, a culprit may have made a run of this id.
    const collecting = collect === undefined || around.runs.includes(runId) ? {} : { collect };
    if ("collect" in collecting) this.#collected.add(runId);
    around.runs.push(runId);
    return {
      kind: "advance_cursor",
      holder: around.store.holder,
      cursorSeq: cursor.seq,
      starts: [{ ...start, runId, functionId, ...collecting }],
      ...{ position, outcomes: [], count: 1 },
    };
  }

  #effects(lease: Lease, around: Surroundings): readonly Effect[] {
    const effects: Effect[] = [];
    const race = this.pick(4) === 0;
    if (lease.kind === "own" && this.pick(2) === 0) {
      const names = stepNames.filter(() => this.pick(2) === 0);
      effects.push({ kind: "open_group", steps: names.map((name) => ({ stepId: name as string as StepId, op: "StepRun", name, race })) });
    }
    for (const name of stepNames) {
      const effect = this.#effect(name, race, around);
      if (effect !== undefined) effects.push(effect);
    }
    if (this.pick(6) === 0)
      effects.push({ kind: "drop_steps", stepIds: stepNames.filter(() => this.pick(2) === 0) as string[] as StepId[] });
    return effects;
  }

  #effect(name: string, race: boolean, around: Surroundings): Effect | undefined {
    const stepId = name as StepId;
    const itemId = this.#newId() as ItemId;
    const at = around.now;
    switch (this.pick(12)) {
      case 0: {
        const request = this.pick(3) === 0 ? { request: "{}" as JsonText } : {};
        return { kind: "plan_step", stepId, itemId, op: "StepRun", name, race, dueAt: later(at, this.pick(2) * 60), ...place, ...request };
      }
      case 1:
        return { kind: "begin_sleep", stepId, itemId, name, race, dueAt: later(at, 50), startedAt: at, ...place };
      case 2: {
        const memo = this.one(["1", '"é"', "1", large]) as JsonText;
        const wake = this.one(["never", "group", "always"] as const);
        return { kind: "settle_step", stepId, op: "StepRun", name, memo, failed: false, startedAt: at, endedAt: at, attempt: 0, wake };
      }
      case 3:
        return { kind: "record_logs", stepId, ...this.#logs(around) };
      case 6:
        return this.pick(3) === 0 ? { kind: "unplan_step", stepId, attempt: 1, wake: this.one(["group", "always"] as const) } : undefined;
      case 4:
      case 5:
        return this.#wait(name, race, around);
      default:
        return undefined;
    }
  }

  #logs({ now }: Surroundings): LogEntry {
    return { attempt: this.pick(2), lines: [{ at: now, level: "info", text: "a line" }] };
  }

  #wait(name: string, race: boolean, around: Surroundings): BeginWait {
    const { now, store } = around;
    const wake = this.one(["group", "always"] as const);
    const begin = { kind: "begin_wait", stepId: name as StepId, name: "w", race, wake, startedAt: now, dueAt: later(now, 100) } as const;
    switch (this.pick(3)) {
      case 0: {
        const since = this.pick(2) === 0 ? store.waits.mark() : ("0" as Mark);
        const match = this.#rule(around);
        return {
          ...begin,
          op: "WaitForEvent",
          waitsFor: { kind: "event", since, eventName: match.eventName, ...(match.term === undefined ? {} : { term: match.term }) },
        };
      }
      case 1: {
        const onConflict = this.one(["fail", "replace"] as const);
        return {
          ...begin,
          op: "WaitForSignal",
          waitsFor: { kind: "signal", signal: this.one(signals), onConflict, conflictMemo: '"conflict"' as JsonText },
        };
      }
      default: {
        const child = { event: this.#event(around), starts: [this.#start(around)], outcomes: [] };
        const cancelsChild = this.pick(2) === 0;
        return {
          ...begin,
          op: "InvokeFunction",
          waitsFor: { kind: "invoke", child, cancelsChild, notStartedMemos },
        };
      }
    }
  }

  #nextOf(lease: Lease, around: Surroundings): Next {
    const dueAt = later(around.now, this.pick(3) * 50);
    if (this.pick(8) === 0) {
      if (this.pick(3) === 0) {
        const failure = { fingerprint: this.one(fingerprints), name: "Error", template: "it failed" };
        const error = "{}" as JsonText;
        return {
          kind: "end",
          status: "failed",
          error,
          endedAt: around.now,
          sweep: this.pick(2) === 0,
          failure,
          ...this.#endEvents(around),
        };
      }
      const output = (this.pick(4) === 0 ? large : "1") as JsonText;
      return { kind: "end", status: "completed", output, endedAt: around.now, sweep: this.pick(2) === 0, ...this.#endEvents(around) };
    }
    if (lease.kind === "step") return this.pick(3) === 0 ? { kind: "retry", dueAt, attempt: 1 } : { kind: "done" };
    const options: readonly Next[] = [
      { kind: "keep" },
      { kind: "stay" },
      { kind: "park", ...place },
      { kind: "queue", dueAt, attempt: this.pick(2), ...place },
    ];
    return this.one(options);
  }
}

function later(now: Now, ms: number): Now {
  return (now + ms) as Now;
}
