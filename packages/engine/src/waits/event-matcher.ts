// The event side and the wait side of a match. Both write, commit, and then read: what was committed is handed in here,
// and whoever may be woken or cancelled by it is looked for afterwards.
//
// M1. What is committed is handed in synchronously, in the order of commits; it is worked through in that order.
// M2. Looking twice is harmless: a wait ends once, and a rule cancels once. So a take-over simply looks again.
// M3. While anything is to be looked at, the mark of this holder does not move; and not before it has taken over, because
//     what it writes until then says nothing of what its predecessor left, nor after it has stopped, which leaves things undone.

import { type EpochMs, eventMapJson, limits, type StoreSeq } from "@stepwell/protocol";
import type {
  EndedStatus,
  EventRecord,
  FunctionId,
  HolderRef,
  Mark,
  MetEvent,
  Store,
  Unit,
  UnitOutcome,
  WaitRecord,
} from "@stepwell/store";
import type { Registry } from "../apps/registry.ts";
import { endEvent, endNamesOf, tellsItsEnd } from "../events/end-events.ts";
import { termsOf } from "../expression/event-match.ts";
import { lookbackTooWideMemo } from "../ops/lookback-memo.ts";
import type { BatchWriter } from "../writer/batch-writer.ts";
import { committedEvents, endsOf } from "./committed-events.ts";
import { WaitMatch } from "./wait-match.ts";

export interface MatcherParts {
  readonly store: Store;
  readonly writer: BatchWriter;
  readonly registry: Registry;
  readonly now: () => EpochMs;
  /** Who takes the lease of a run of this function that is woken; `undefined`: it queues. */
  readonly leaseTo: (functionId: FunctionId) => HolderRef | undefined;
  readonly cancel: (params: { runId: WaitRecord["runId"]; reason: string; waitSeq: StoreSeq }) => Promise<unknown>;
  readonly onFailure: (error: unknown, retryInMs: number) => void;
  /** Calls back a little later. */
  readonly later: (ms: number, callback: () => void) => void;
}

/** One event somebody may wait for, at its place in the order. */
interface Met {
  readonly record: EventRecord;
  readonly seq: StoreSeq;
  readonly isStored: boolean;
}

type Job =
  | { readonly kind: "event"; readonly met: Met }
  | { readonly kind: "end"; readonly runSeq: StoreSeq; readonly except: ReadonlySet<string> }
  | { readonly kind: "look"; readonly waitSeq: StoreSeq }
  | { readonly kind: "scan"; readonly after: Mark };

/**
 * Waits looked at in one turn: a thousand expressions over a large event are a turn too long. Each commit writes the pages on the
 * edge of what it changes anew, so that fewer would make a longer log.
 */
const waitsPerPage = 200;
const rowsPerTakeOver = 500;
const retryMs = 250;
const nobody: ReadonlySet<string> = new Set();

export class EventMatcher {
  readonly #parts: MatcherParts;
  readonly #match: WaitMatch;
  #jobs: Job[] = [];
  #next = 0;
  #mark: Mark;
  #isWorking = false;
  #isStopped = false;
  #hasTakenOver = false;
  #idle: (() => void)[] = [];

  constructor(parts: MatcherParts) {
    this.#parts = parts;
    this.#match = new WaitMatch(parts.now);
    this.#mark = parts.store.waits.matchedBefore;
  }

  /** How far this holder has looked; `undefined` while there is something to look at. */
  get mark(): Mark | undefined {
    if (this.#isBusy || this.#isStopped || !this.#hasTakenOver) return undefined;
    this.#mark = this.#parts.store.waits.mark();
    return this.#mark;
  }

  get #isBusy(): boolean {
    return this.#isWorking || this.#next < this.#jobs.length;
  }

  /** What was committed, in the order of commits. */
  onCommitted(unit: Unit, outcome: UnitOutcome): void {
    if (this.#isStopped) return;
    const { waits } = this.#parts.store;
    const unlooked = outcome.kind === "committed" ? outcome.unlooked : undefined;
    if (!waits.hasAny && unlooked === undefined) return;
    for (const { record, seq } of committedEvents(unit, outcome))
      if (waits.isAwaited(record.environmentId, record.name)) this.#jobs.push({ kind: "event", met: { record, seq, isStored: true } });
    const end = endsOf(unit, outcome);
    if (end !== undefined && this.#isEndAwaited(end.status)) this.#jobs.push({ kind: "end", runSeq: end.runSeq, except: end.told });
    if ("replaced" in outcome && this.#isEndAwaited("cancelled"))
      for (const { runSeq } of outcome.replaced ?? []) this.#jobs.push({ kind: "end", runSeq, except: nobody });
    for (const waitSeq of unlooked ?? []) this.#jobs.push({ kind: "look", waitSeq });
    this.#work();
  }

  /** A batch was committed, or was not: nobody knows. What it may have brought is looked for from the mark on. */
  recover(): void {
    this.#push([{ kind: "scan", after: this.#mark }]);
  }

  /** Goes on where the holder before this one stood. Resolves when everything has been looked at. */
  async takeOver(): Promise<void> {
    this.#hasTakenOver = true;
    this.recover();
    await this.settled();
  }

  stop(): void {
    this.#isStopped = true;
    this.#jobs = [];
    this.#next = 0;
    this.#tellIdle();
  }

  /** Resolves when nothing is to be looked at. */
  settled(): Promise<void> {
    return this.#isBusy ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  #push(jobs: readonly Job[]): void {
    this.#jobs.push(...jobs);
    this.#work();
  }

  #isEndAwaited(status: EndedStatus): boolean {
    const { waits, environmentId } = this.#parts.store;
    return endNamesOf(status).some((name) => waits.isAwaited(environmentId, name));
  }

  #work(): void {
    if (this.#isWorking || this.#isStopped || this.#next >= this.#jobs.length) return;
    this.#isWorking = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    for (let job = this.#jobs[this.#next]; job !== undefined && !this.#isStopped; job = this.#jobs[this.#next]) {
      try {
        await this.#carryOut(job);
        this.#next += 1;
      } catch (error) {
        // The store is out of reach for a moment: the same job again, a little later.
        this.#parts.onFailure(error, retryMs);
        await new Promise<void>((resolve) => this.#parts.later(retryMs, resolve));
      }
    }
    this.#jobs = [];
    this.#next = 0;
    this.#isWorking = false;
    this.#tellIdle();
  }

  #tellIdle(): void {
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }

  #carryOut(job: Job): Promise<void> {
    switch (job.kind) {
      case "event":
        return this.#wakeAndCancel(job.met);
      case "end":
        return this.#tellEnd(job.runSeq, job.except);
      case "look":
        return this.#look(job.waitSeq);
      case "scan":
        return this.#scan(job.after);
      default:
        return job satisfies never;
    }
  }

  /** Everything since the mark that somebody waits for now, and every wait that has not been looked at. */
  async #scan(from: Mark): Promise<void> {
    const { waits } = this.#parts.store;
    for (let after = from; !this.#isStopped; ) {
      const { events, upTo } = await waits.listUnmatched({ after, limit: rowsPerTakeOver });
      if (events.length === 0) break;
      for (const event of events) await this.#carryOut(jobOf(event));
      after = upTo;
    }
    while (!this.#isStopped) {
      const unlooked = await waits.listUnlooked({ limit: rowsPerTakeOver });
      if (unlooked.length === 0) return;
      for (const waitSeq of unlooked) await this.#look(waitSeq);
    }
  }

  /** An event looks for whoever waits for it now. */
  async #wakeAndCancel(met: Met): Promise<void> {
    const { record, seq } = met;
    const { environmentId, name: eventName } = record;
    const { waits } = this.#parts.store;
    const map = mapOf(record);
    const terms = termsOf(map, waits.pathsOf(environmentId, eventName));
    for (let after = 0 as StoreSeq; ; ) {
      const page = await waits.find({ environmentId, eventName, terms, eventSeq: seq, after, limit: waitsPerPage });
      await Promise.all(page.filter((wait) => this.#match.isMet(wait, record, map)).map((wait) => this.#resolve(wait, met)));
      const last = page.at(-1);
      if (last === undefined || page.length < waitsPerPage) return;
      after = last.seq;
    }
  }

  /** The end of a run that nobody has written as an event: whoever waits for it is met by what follows from the run. */
  async #tellEnd(runSeq: StoreSeq, except: ReadonlySet<string>): Promise<void> {
    for (const met of await this.#endsOfRun(runSeq))
      if (!except.has(met.record.name) && this.#parts.store.waits.isAwaited(met.record.environmentId, met.record.name))
        await this.#wakeAndCancel(met);
  }

  async #endsOfRun(runSeq: StoreSeq): Promise<readonly Met[]> {
    const [end] = await this.#parts.store.waits.loadEnds([runSeq]);
    const entry = end === undefined ? undefined : this.#parts.registry.entry(end.functionId);
    if (end === undefined || entry === undefined) return [];
    const facts = { ...end, slug: entry.record.slug };
    if (!tellsItsEnd(facts, entry.isFailureHandler)) return [];
    return endNamesOf(end.status).map((name) => ({ record: endEvent(name, facts), seq: end.endedSeq, isStored: false }));
  }

  /** A wait looks for the events it may have missed while it was made. */
  async #look(waitSeq: StoreSeq): Promise<void> {
    const { waits } = this.#parts.store;
    for (let after = 0 as StoreSeq; ; ) {
      const found = await waits.lookBack({ waitSeq, after, limit: limits.lookbackEventsMax });
      if (found === undefined) return;
      const { wait, events, more } = found;
      if (more && wait.lookBackFrom !== undefined && wait.cutsLookBack !== true) return this.#refuse(wait);
      for (const event of events)
        for (const met of await this.#metsOf(event, wait.eventName))
          if (this.#match.isMet(wait, met.record, mapOf(met.record)) && (await this.#resolve(wait, met))) return;
      // However many came since its mark, none is left out; a lookback goes as far as its limit, or is refused.
      const last = events.at(-1);
      if (wait.cutsLookBack === true) await this.#sayCut(wait, more);
      if (!more || last === undefined || wait.lookBackFrom !== undefined) break;
      after = last.kind === "stored" ? last.event.seq : last.endedSeq;
    }
    await this.#parts.writer.commit({ kind: "looked", waitSeqs: [waitSeq] });
  }

  /** More came than a lookback may go through, and which of them it would have met is not left to chance. */
  async #refuse({ seq: waitSeq }: WaitRecord): Promise<void> {
    const memo = lookbackTooWideMemo(
      `the lookback of this step has more than ${limits.lookbackEventsMax} events to go through (lookbackEventsMax); look back less far`,
    );
    await this.#parts.writer.commit({
      kind: "resolve_wait",
      waitSeq,
      endedAt: this.#parts.now(),
      result: { kind: "memo", memo, failed: true },
    });
  }

  /** A lookback to the start of the run goes as far as it may, and the run says so. */
  async #sayCut({ runId, stepId, eventName, lookBackFrom }: WaitRecord, more: boolean): Promise<void> {
    const run = await this.#parts.store.runs.find(runId);
    const isOlder = run !== undefined && lookBackFrom !== undefined && run.queuedAt < lookBackFrom;
    if (!more && !isOlder) return;
    const far = more ? `the newest ${limits.lookbackEventsMax} events (lookbackEventsMax)` : "the last 24 hours (lookbackMsMax)";
    const text = `the wait for "${eventName}" looked back through ${far} and not to the start of the run: older events do not count`;
    const lines = [{ at: this.#parts.now(), level: "warn", text }] as const;
    await this.#parts.writer.commit({ kind: "append_logs", runId, entries: [{ stepId, attempt: 0, lines }] });
  }

  async #metsOf(event: MetEvent, name: string): Promise<readonly Met[]> {
    if (event.kind === "stored") return [{ record: event.event, seq: event.event.seq, isStored: true }];
    return (await this.#endsOfRun(event.runSeq)).filter(({ record }) => record.name === name);
  }

  /** True: the wait is over, by this event. */
  async #resolve(wait: WaitRecord, { record, seq, isStored }: Met): Promise<boolean> {
    if (wait.kind === "cancel") {
      await this.#parts.cancel({ runId: wait.runId, reason: `event ${record.externalId ?? record.id}`, waitSeq: wait.seq });
      return true;
    }
    const holder = this.#parts.leaseTo(wait.functionId);
    const outcome = await this.#parts.writer.commit({
      kind: "resolve_wait",
      waitSeq: wait.seq,
      endedAt: this.#parts.now(),
      ...(holder === undefined ? {} : { holder }),
      result: isStored
        ? { kind: "event", eventSeq: seq, eventId: record.id }
        : { kind: "derived", eventId: record.id, memo: eventMapJson(record) },
    });
    return outcome.kind === "committed";
  }
}

function jobOf(event: MetEvent): Job {
  return event.kind === "stored"
    ? { kind: "event", met: { record: event.event, seq: event.event.seq, isStored: true } }
    : { kind: "end", runSeq: event.runSeq, except: nobody };
}

function mapOf(record: EventRecord): unknown {
  return JSON.parse(eventMapJson({ ...record, id: record.externalId ?? record.id }));
}
