// The breakers of all functions and keys: what calls said of the app, and which lanes are held for it.
//
// K1. A change of a breaker is known to the store before the unit of the call that brought it: no slot that the call gives back
//     lets another one through an open breaker.
// K2. Open breakers outlive the process; counted failures do not.
// K3. A pause that an app asked for ends by itself when its time is over and nobody is there to ask again: nothing of it is in hand,
//     and nothing that could be claimed is left in the queue. What is due later than the pause is called then as ever.
// K4. A function without a breaker costs a look at its options, and a call that fails one at its status.

import { type CircuitBreaker, type EpochMs, epochMs, limits, sha1Hex } from "@stepwell/protocol";
import type { FunctionId, FunctionRecord, SettingsStore } from "@stepwell/store";
import type { Clock } from "../seams/clock.ts";
import type { Observer } from "../seams/observer.ts";
import { breakerKey } from "./breaker-key.ts";
import { type BreakerState, type CallOutcome, countsOf, decideBreaker, type OpenBreaker } from "./decide-breaker.ts";
import type { FunctionFlow } from "./function-flow.ts";
import { readOpenBreakers, type SavedBreaker } from "./saved-breakers.ts";

/** What a breaker is about: a function, or the runs of it with one value of its breaker's key. */
export interface BreakerSubject {
  readonly functionId: FunctionId;
  /** Absent: the whole function. */
  readonly value?: string;
}

export interface BreakerReport extends BreakerSubject {
  readonly id: string;
  readonly slug: string;
  readonly status: "closed" | "open" | "half_open";
  readonly reason?: OpenBreaker["reason"];
  readonly since?: EpochMs;
  /** Until when nothing is called. */
  readonly until?: EpochMs;
  readonly calls: number;
  readonly failures: number;
  readonly passed: number;
  /** Absent: only the app's wish for a pause holds its calls. */
  readonly rule?: CircuitBreaker;
}

/** What of a function a breaker needs. */
interface BreakerFunction {
  readonly record: Pick<FunctionRecord, "id" | "slug">;
  readonly flow: FunctionFlow | undefined;
}

export interface BreakerParts {
  readonly settings: SettingsStore;
  readonly clock: Clock;
  readonly observer: Observer | undefined;
  readonly entryOf: (functionId: FunctionId) => BreakerFunction | undefined;
  /** Keeps the lanes from being called until then, and lets one call at a time through after it; `undefined`: lets all through. */
  readonly hold: (subject: BreakerSubject, until: EpochMs | undefined) => Promise<void>;
  /** Whoever has runs of it in hand gives them back. */
  readonly onOpened: (subject: BreakerSubject) => void;
  /** The runs in hand, with their events. */
  readonly inHand: () => readonly { readonly entry: BreakerFunction; readonly event: () => unknown }[];
  /** Whether something waits to be claimed. */
  readonly isReady: () => boolean;
}

interface Breaker extends BreakerSubject {
  readonly state: BreakerState;
}

type ClosedBy = "probe" | "person" | "configuration" | "time";

const settingName = "breakers";

export class Breakers {
  readonly #parts: BreakerParts;
  /** By their ids, the one that changed last at the end. */
  readonly #breakers = new Map<string, Breaker>();
  #openCount = 0;
  #saving: Promise<void> = Promise.resolve();
  #isDirty = false;
  #callOff: (() => void) | undefined;
  #looksAt = Number.POSITIVE_INFINITY;

  constructor(parts: BreakerParts) {
    this.#parts = parts;
  }

  /** Takes up what the last process left open. */
  async start(): Promise<void> {
    for (const { state, ...subject } of readOpenBreakers(await this.#parts.settings.get(settingName))) {
      if (this.#parts.entryOf(subject.functionId) === undefined) continue;
      this.#set(subject, state);
      await this.#parts.hold(subject, state.until);
    }
    await this.align();
    this.#planNextLook();
  }

  stop(): void {
    this.#callOff?.();
  }

  /** Whether any breaker is open: only then a call of a function without a rule can change anything. */
  get hasOpen(): boolean {
    return this.#openCount > 0;
  }

  /** What a call said. A promise where a breaker changed: the store knows of it when it resolves. */
  record(
    entry: BreakerFunction,
    { event, outcome, sentAt }: { readonly event: () => unknown; readonly outcome: CallOutcome; readonly sentAt: EpochMs },
  ): Promise<void> | undefined {
    const rule = entry.flow?.options.circuitBreaker;
    if (rule === undefined && outcome.kind !== "slow_down" && !this.hasOpen) return undefined;
    const now = this.#parts.clock.now();
    const subject = subjectOf(entry, event, now);
    const before = this.#breakers.get(idOf(subject))?.state;
    const after = decideBreaker(before, rule, outcome, { sentAt, now });
    if (after === before) return undefined;
    this.#set(subject, after);
    return untilOf(before) === untilOf(after) ? undefined : this.#changed(subject, after, "probe");
  }

  /** Until when whoever was just told to wait does: as long as its breaker is open, or the shortest pause. */
  pauseOf(entry: BreakerFunction, event: () => unknown): EpochMs {
    const now = this.#parts.clock.now();
    const until = this.holding(subjectOf(entry, event, now))?.until ?? 0;
    return until > now ? epochMs(until) : epochMs(now + limits.backPressureMsDefault);
  }

  /** After a registration: a breaker that was taken away holds nobody. */
  async align(): Promise<void> {
    for (const { state, ...subject } of [...this.#breakers.values()]) {
      const rule = this.#parts.entryOf(subject.functionId)?.flow?.options.circuitBreaker;
      const isStale = (rule?.key === undefined) !== (subject.value === undefined);
      if (state.status === "open" && (isStale || (rule === undefined && state.reason === "failures")))
        await this.#close(subject, "configuration");
    }
  }

  /** Closes it by hand; its window is empty then. False: there is none of this id. */
  async reset(id: string): Promise<boolean> {
    const breaker = this.#breakers.get(id);
    if (breaker === undefined) return false;
    const { state, ...subject } = breaker;
    if (state.status === "open") await this.#close(subject, "person");
    else this.#set(subject, undefined);
    return true;
  }

  list(): readonly BreakerReport[] {
    return [...this.#breakers.values()].flatMap((breaker) => this.#reportOf(breaker));
  }

  /** The open breaker that holds runs of the function with this value. */
  holding(subject: BreakerSubject): OpenBreaker | undefined {
    if (!this.hasOpen) return undefined;
    const state = this.#breakers.get(idOf(subject))?.state;
    return state?.status === "open" ? state : undefined;
  }

  async #close(subject: BreakerSubject, by: Exclude<ClosedBy, "probe">): Promise<void> {
    this.#set(subject, undefined);
    await this.#changed(subject, undefined, by);
  }

  #set(subject: BreakerSubject, state: BreakerState | undefined): void {
    const id = idOf(subject);
    const before = this.#breakers.get(id);
    this.#openCount += Number(state?.status === "open") - Number(before?.state.status === "open");
    this.#breakers.delete(id);
    if (state === undefined) return;
    this.#breakers.set(id, { ...subject, state });
    if (this.#breakers.size > limits.breakersMax) this.#forgetOne();
  }

  #forgetOne(): void {
    for (const [id, { state }] of this.#breakers) {
      if (state.status === "open") continue;
      this.#breakers.delete(id);
      return;
    }
  }

  async #changed(subject: BreakerSubject, state: BreakerState | undefined, by: ClosedBy): Promise<void> {
    const { clock, observer, hold, onOpened, entryOf } = this.#parts;
    const about = {
      at: clock.now(),
      breakerId: idOf(subject),
      slug: entryOf(subject.functionId)?.record.slug ?? "",
      ...(subject.value === undefined ? {} : { value: subject.value }),
    };
    const done = hold(subject, untilOf(state));
    if (state?.status === "open") {
      const { reason, until, calls, failures, since } = state;
      onOpened(subject);
      observer?.emit({ kind: "breaker.opened", ...about, reason, until, calls, failures, again: since !== about.at });
    } else observer?.emit({ kind: "breaker.closed", ...about, by });
    this.#save();
    if (state !== undefined && isPause(state)) this.#planLook(state.until);
    await done;
  }

  /** A moment after the first pause is over: whoever waits for that has been called by then. */
  #planLook(until: number): void {
    const at = Math.max(until, this.#parts.clock.now()) + limits.backPressureLookMs;
    if (at >= this.#looksAt) return;
    this.#callOff?.();
    this.#looksAt = at;
    this.#callOff = this.#parts.clock.wakeAt(epochMs(at), () => {
      this.#looksAt = Number.POSITIVE_INFINITY;
      this.#endPauses();
      this.#planNextLook();
    });
  }

  #planNextLook(): void {
    let first = Number.POSITIVE_INFINITY;
    for (const { state } of this.#breakers.values()) if (isPause(state)) first = Math.min(first, state.until);
    if (first !== Number.POSITIVE_INFINITY) this.#planLook(first);
  }

  #endPauses(): void {
    const { clock, inHand, isReady } = this.#parts;
    if (isReady()) return;
    const now = clock.now();
    const busy = new Set(inHand().map(({ entry, event }) => idOf(subjectOf(entry, event, now))));
    // A store that cannot be told any more is closed, and holds nobody when it is opened again.
    for (const [id, { state, ...subject }] of [...this.#breakers])
      if (isPause(state) && state.until < now && !busy.has(id)) this.#close(subject, "time").catch(() => undefined);
  }

  /** One write for all changes of a moment. A process that dies before it finds out anew. */
  #save(): void {
    if (this.#isDirty) return;
    this.#isDirty = true;
    this.#saving = this.#saving
      .then(() => {
        this.#isDirty = false;
        return this.#parts.settings.set(settingName, JSON.stringify(this.#open()));
      })
      .catch(() => undefined); // The next change writes all of them.
  }

  #open(): readonly SavedBreaker[] {
    return [...this.#breakers.values()].flatMap(({ state, ...subject }) => (state.status === "open" ? [{ ...subject, state }] : []));
  }

  #reportOf({ state, functionId, value }: Breaker): readonly BreakerReport[] {
    const { clock, entryOf } = this.#parts;
    const entry = entryOf(functionId);
    if (entry === undefined) return [];
    const rule = entry.flow?.options.circuitBreaker;
    const now = clock.now();
    const subject = { functionId, ...(value === undefined ? {} : { value }) };
    const counts = countsOf(state, now, rule?.windowMs ?? 0);
    const about = { ...subject, id: idOf(subject), slug: entry.record.slug, ...counts, ...(rule === undefined ? {} : { rule }) };
    if (state.status === "closed") return [{ ...about, status: "closed", passed: 0 }];
    const { reason, since, until, passed } = state;
    return [{ ...about, status: now < until ? "open" : "half_open", reason, since, until, passed }];
  }
}

function isPause(state: BreakerState): state is OpenBreaker {
  return state.status === "open" && state.reason === "back_pressure";
}

function subjectOf(entry: BreakerFunction, event: () => unknown, now: EpochMs): BreakerSubject {
  const value = breakerKey(entry.flow, event, now)?.value;
  return { functionId: entry.record.id, ...(value === undefined ? {} : { value }) };
}

function untilOf(state: BreakerState | undefined): EpochMs | undefined {
  return state?.status === "open" ? state.until : undefined;
}

/** Short enough to type, and the same over restarts. */
function idOf({ functionId, value }: BreakerSubject): string {
  return sha1Hex(`breaker ${functionId} ${value === undefined ? "all" : `of ${value}`}`).slice(0, 12);
}
