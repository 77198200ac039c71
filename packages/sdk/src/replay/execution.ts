// One call of a function: it runs from its first line, steps that are remembered settle from their memos, and what is
// left over becomes the reply.
//
// E1. Memos settle one at a time in the order in which they were recorded, and between two of them everything that user
//     code can do in this turn of the event loop is done. So a race has the same winner on every replay.
// E2. Nothing is decided before such a turn, or what a host has for it, is over: steps called together are seen together.
// E3. At most one step runs in a call at any instant, and none begins while more finished ones are unsaved than may be.
//     User code may run past a finished step up to the next.
// E4. An execution that has planned steps may be kept: their code then runs in it, and it goes on where it stands, for as
//     long as nothing of user code has moved meanwhile.
// E5. A reply is given once. What user code does afterwards has no effect: its steps never settle.

import { type Op, type Reply, RUN_COMPLETE_ID, type StepId } from "@stepwell/protocol";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import { StepError } from "../errors/step-error.ts";
import type { StepCall } from "../step/step-call.ts";
import { executionVersion, sdkName } from "../version.ts";
import { CallTimers } from "./call-timers.ts";
import type { ExecutionHooks, ExecutionOptions, ExecutionRequest, ParkedExecution } from "./execution-request.ts";
import type { FoundStep } from "./found-step.ts";
import { knownParts, loadParts } from "./known-parts.ts";
import type { Life } from "./life.ts";
import { MemoQueue } from "./memo-queue.ts";
import { type Memo, readMemo } from "./memos.ts";
import { nextTurn } from "./next-turn.ts";
import { openSteps } from "./open-steps.ts";
import type { Outcome } from "./outcome.ts";
import { RaceWatch } from "./race-watch.ts";
import type { ReplyTaker } from "./reply-taker.ts";
import { resolveStep } from "./resolve-step.ts";
import { type EncodedOutput, encodeOutput } from "./rich-value.ts";
import { runStepCode, type StepRan, type StepRanTaker, type StepRun } from "./run-step-code.ts";
import { splitRemembered } from "./split-remembered.ts";
import { stale } from "./stale.ts";
import { type CountedStepId, StepIds } from "./step-ids.ts";
import { stepNotFound } from "./step-not-found.ts";
import { cancelOp, reportOp } from "./step-ops.ts";
import { StepPromise } from "./step-promise.ts";
import { UnsavedSteps } from "./unsaved-steps.ts";
import { warnOfSteps } from "./warn-of-steps.ts";
import { when } from "./when.ts";

/** A step that runs, or an error of user code. */
type AfterSaving = { readonly step: FoundStep } | { readonly error: unknown };

export class Execution implements ParkedExecution, StepRanTaker {
  request: ExecutionRequest;
  #hooks: ExecutionHooks;
  readonly #retried: StepwellFunction | undefined;
  readonly #now: () => number;
  #life: Life | undefined;
  readonly #ids = new StepIds();
  readonly #memos: MemoQueue;
  #changed: ReadonlyMap<string, Memo> | undefined;
  readonly races = new RaceWatch();
  /** Called for and not remembered. */
  #found: FoundStep[] = [];
  readonly #unsaved = new UnsavedSteps();
  /** Losers of races that are over. */
  #cancelled: Set<StepId> | undefined;
  /** Errors of steps, to tell one that nobody caught from one of the function's own. */
  #stepErrors: WeakSet<object> | undefined;
  #outcome: Outcome | undefined;
  #isReplaying = true;
  #isTurnDue = false;
  #isBusy = false;
  #hasLooked = false;
  readonly #isKept: boolean;
  /** Planned steps by their ids, while the execution waits to go on; nothing of user code has moved since. */
  #planned: ReadonlyMap<string, FoundStep> | undefined;
  /** Absent: a reply has been given, or there is no call. */
  #taker: ReplyTaker | undefined;
  #timers: CallTimers | undefined;
  #startedAt = 0;

  constructor(request: ExecutionRequest, hooks: ExecutionHooks, { retried, isKept }: ExecutionOptions) {
    this.request = request;
    this.#hooks = hooks;
    this.#isKept = isKept;
    this.#retried = retried;
    this.#now = hooks.now ?? Date.now;
    this.#memos = new MemoQueue(request.memos.order);
  }

  /** Runs user code until there is something to reply. */
  run(handler: () => unknown, life: Life | undefined, taker: ReplyTaker): void {
    this.#life = life;
    this.#begin(taker);
    if (this.#memos.isOver) this.#endReplay();
    void this.#runHandler(handler);
    if (this.request.stepId === undefined) return;
    this.#timers ??= new CallTimers();
    this.#timers.search(this.#hooks.findStepMs, (why) => this.#giveUp(why));
  }

  runPlanned(request: ExecutionRequest, hooks: ExecutionHooks, taker: ReplyTaker): boolean {
    const id = request.stepId ?? "";
    const step = this.#planned?.get(id);
    // A later attempt is told so in its context, and other arguments come with the memos: both are replayed.
    if (step === undefined || request.attempt > 0 || request.memos.read(id) !== undefined) return false;
    runStepCode(step, this.#about(step, request, hooks), {
      stepRan: (_, { op }) => taker.take(this.#ops([op])),
      fault: (error) => taker.fault(error),
    });
    return true;
  }

  resume(request: ExecutionRequest, hooks: ExecutionHooks, taker: ReplyTaker): boolean {
    if (this.#planned === undefined || request.attempt > 0 || request.stepId !== undefined) return false;
    const { order } = request.memos;
    const split = splitRemembered(this.#found, order, (id) => this.#memos.hasSettled(id));
    if (split === undefined) return false;
    this.#planned = undefined;
    this.request = request;
    this.#hooks = hooks;
    this.#unsaved.clear();
    this.#memos.extend(order);
    for (const step of split.remembered) {
      step.memo = this.#memoOf(step.hashed);
      this.#memos.add(step);
    }
    this.#found = split.open;
    this.#begin(taker);
    this.#wake();
    return true;
  }

  #begin(taker: ReplyTaker): void {
    this.#startedAt = this.#now();
    this.#taker = taker;
  }

  /** User code has run past a step that is not recorded yet, and may do so once more. */
  get isAhead(): boolean {
    return !this.#unsaved.isEmpty && this.#hooks.checkpoint === undefined;
  }

  /** Takes the next id of that text. */
  reserve(id: string): CountedStepId & { readonly isRemembered: boolean } {
    const counted = this.#ids.next(id);
    return { ...counted, isRemembered: this.#memoOf(counted.hashed)?.kind !== undefined };
  }

  /** Takes the next id of that text, for a step that is called at once. */
  count(id: string): CountedStepId {
    return this.#ids.next(id);
  }

  /** What a step tool does. */
  step(asked: StepCall, { hashed, index }: CountedStepId): Promise<unknown> {
    const work = this.#hooks.replace?.(asked, hashed);
    const call = work === undefined ? asked : { ...asked, work };
    // Whoever goes on beside a step that is awaited has moved on from where the execution was parked.
    this.#planned = undefined;
    const promise = StepPromise.open(this.races);
    if (this.#taker === undefined) return promise;
    const found: FoundStep = { call, hashed, index, memo: this.#memoOf(hashed), promise, isSettled: false };
    promise.step = found;
    if (found.memo === undefined || found.memo.kind === "input") {
      this.#endReplay();
      this.#found.push(found);
    } else this.#memos.add(found);
    this.#wake();
    return promise;
  }

  /** The losers of a race: those that wait are called off with the next reply, a result that comes late is ignored. */
  cancel(steps: Iterable<StepId>): void {
    this.#cancelled = new Set([...(this.#cancelled ?? []), ...steps]);
    this.#wake();
  }

  /** What middleware made of the memos; before `run`. */
  remember(memos: ReadonlyMap<string, Memo>): void {
    this.#changed = memos;
  }

  #memoOf(hashed: StepId): Memo | undefined {
    const changed = this.#changed?.get(hashed);
    if (changed !== undefined) return changed;
    const value = this.request.memos.read(hashed);
    return value === undefined ? undefined : readMemo(value);
  }

  async #runHandler(handler: () => unknown): Promise<void> {
    try {
      this.#outcome = { kind: "returned", value: await handler() };
    } catch (error) {
      this.#outcome = { kind: "threw", error };
    }
    this.#planned = undefined;
    this.#wake();
  }

  #wake(): void {
    if (this.#isTurnDue || this.#taker === undefined) return;
    this.#isTurnDue = true;
    if (this.#hooks.nextMoment === undefined) nextTurn(() => this.#onTurn());
    else this.#hooks.nextMoment(this);
  }

  onMoment(): void {
    // Between two memos more may go on than a moment shows.
    if (this.#memos.isBetween) nextTurn(() => this.#onTurn());
    else this.#onTurn();
  }

  #onTurn(): void {
    this.#isTurnDue = false;
    try {
      this.#turn();
    } catch (error) {
      this.fault(error);
    }
  }

  /** Everything that could happen has happened: what next? */
  #turn(): void {
    if (this.#taker === undefined || this.#isBusy) return;
    if (!this.#memos.isEmpty) return this.#settleNext();
    if (this.request.stepId !== undefined) return this.#turnToTarget(this.request.stepId);
    if (this.#outcome?.kind === "threw") return this.#finish(this.#outcome);
    const open = openSteps(this.#found, { cancelled: this.#cancelled, races: this.races, isOver: this.#outcome !== undefined });
    if (open.length > 0) this.#advance(open);
    else if (this.#outcome !== undefined) this.#finish(this.#outcome);
  }

  #settleNext(): void {
    const next = this.#memos.next();
    if (next === undefined) return;
    if (!next.isStray || this.#outcome !== undefined) return this.#settle(next.step);
    this.#timers ??= new CallTimers();
    this.#timers.setStray(() => {
      // In the meantime user code may have come to the step.
      const now = this.#taker === undefined ? undefined : this.#memos.next();
      if (now !== undefined) this.#settle(now.step);
    });
  }

  #settle(step: FoundStep): void {
    this.#timers?.clearStray();
    this.#memos.settle(step);
    step.isSettled = true;
    if (this.#memos.isOver) this.#endReplay();
    if (step.memo?.kind === "error") {
      const error = new StepError(step.call.id, step.memo.error);
      this.#stepErrors = (this.#stepErrors ?? new WeakSet()).add(error);
      step.promise.reject(error);
    } else resolveStep(step, step.memo?.kind === "data" ? step.memo.data : undefined);
    this.#wake();
  }

  #endReplay(): void {
    if (!this.#isReplaying) return;
    this.#isReplaying = false;
    void this.#life?.onMemoizationEnd();
  }

  #turnToTarget(target: string): void {
    const step = this.#found.find(({ hashed }) => hashed === target);
    if (step?.call.work.kind === "run") {
      this.#isBusy = true;
      return this.#runCode(step);
    }
    if (step !== undefined) return this.#answer(this.#ops([this.#report(step)]));
    if (this.#outcome !== undefined) this.#giveUp("user code ended without coming to it");
    else if (this.#found.length > 0) this.#timers?.rest(() => !this.#isTurnDue && this.#memos.isEmpty);
  }

  #giveUp(why: string): void {
    if (!this.#isBusy) this.#answer(stepNotFound(this.request.stepId, this.#found, why));
  }

  /** Steps are open: runs the one that can be run here, or reports all. */
  #advance(open: readonly FoundStep[]): void {
    if (!this.#hasLooked || open.length > 1)
      this.#hasLooked = warnOfSteps(open, this.#hasLooked || this.request.isRerun ? 0 : this.#memos.unseen, this.#life);
    const [only] = open;
    if (only === undefined || open.length > 1 || only.call.work.kind !== "run" || this.request.plan) return this.#answerPlanned(open);
    // With the time of this call used up, the next step is left to the next call.
    if (this.#isOverdue()) return this.#answer(this.#ops(!this.#unsaved.isEmpty ? this.#unsaved.ops : [this.#report(only)]));
    this.#isBusy = true;
    if (this.#unsaved.isFull(this.#hooks, this.#now)) this.#save({ step: only });
    else this.#runCode(only);
  }

  /** The code of the step that was called for, or of the one that is next, has run. */
  stepRan(only: FoundStep, { op, value }: StepRan): void {
    if (op.kind !== "StepRun" || !this.#mayRunAhead()) return this.#answer(this.#ops([...this.#unsaved.ops, op]));
    this.#found = this.#found.length === 1 ? [] : this.#found.filter((step) => step !== only);
    this.#unsaved.add(op);
    this.#memos.settleRun(only);
    only.isSettled = true;
    resolveStep(only, value);
    this.#isBusy = false;
    this.#wake();
  }

  #answerPlanned(open: readonly FoundStep[]): void {
    this.#life?.onReport();
    this.#answer(this.#ops([...this.#unsaved.ops, ...open.map((step) => this.#report(step))]));
    if (!this.#isKept || this.#hooks.onParked === undefined || open.length < 2 || this.#outcome !== undefined) return;
    this.#planned = new Map(open.flatMap((step) => (step.call.work.kind === "run" ? [[step.hashed as string, step]] : [])));
    this.#hooks.onParked(this);
  }

  #isOverdue(): boolean {
    const { maxRuntimeMs } = this.#hooks;
    return maxRuntimeMs !== undefined && this.#now() - this.#startedAt >= maxRuntimeMs;
  }

  /** What is for one step, or began as a retry, ends with its step: the next one does not inherit the count of attempts. */
  #mayRunAhead(): boolean {
    return this.request.stepId === undefined && this.request.attempt === 0 && this.#hooks.runAhead !== false;
  }

  /** Goes on with what comes next when the finished steps are saved; where they are not, the reply says what they brought. */
  #save(next: AfterSaving): void {
    const saving = this.#hooks.checkpoint?.(this.#unsaved.ops);
    if (saving === undefined) this.#afterSaving("failed", next);
    else when(saving, (saved) => this.#afterSaving(saved, next), this);
  }

  #afterSaving(saved: "saved" | "stale" | "failed", next: AfterSaving): void {
    if (saved !== "saved") return this.#answer(saved === "stale" ? stale() : this.#ops(this.#unsaved.ops));
    this.#unsaved.clear();
    if ("step" in next) this.#runCode(next.step);
    else this.#finishFailed(next.error);
  }

  #finish(outcome: Outcome): void {
    this.#isBusy = true;
    if (outcome.kind === "threw") return this.#finishFailed(outcome.error);
    let output: EncodedOutput | undefined;
    try {
      output = encodeOutput(outcome.value, this.request.isOwnServer);
    } catch (error) {
      return this.#finishFailed(error);
    }
    if (output === undefined) return when(loadParts(), () => this.#finish(outcome), this);
    const told = this.#life?.onEnd(outcome);
    if (told === undefined) this.#finishWith(output);
    else when(told, () => this.#finishWith(output), this);
  }

  #finishWith({ text: data, types }: EncodedOutput): void {
    if (this.#unsaved.isEmpty && types === undefined) return this.#answer({ kind: "result", data, sdk: sdkName });
    const end = { kind: "RunComplete", id: RUN_COMPLETE_ID, name: "complete", race: false, data } as const;
    this.#answer(this.#ops([...this.#unsaved.ops, types === undefined ? end : { ...end, types }]));
  }

  #finishFailed(error: unknown): void {
    if (!this.#unsaved.isEmpty) return this.#save({ error });
    const parts = knownParts();
    if (parts === undefined) return when(loadParts(), () => this.#finishFailed(error), this);
    const isOfStep = typeof error === "object" && error !== null && this.#stepErrors?.has(error) === true;
    const reply = parts.functionError(error, isOfStep, { request: this.request, retried: this.#retried, now: this.#now, life: this.#life });
    const isFinal = reply.noRetry || this.request.attempt + 1 >= this.request.maxAttempts;
    when(Promise.resolve(this.#life?.onEnd({ kind: "threw", error, isFinal })), () => this.#answer(reply), this);
  }

  #runCode(step: FoundStep): void {
    runStepCode(step, this.#about(step, this.request, this.#hooks), this);
  }

  #about(step: FoundStep, request: ExecutionRequest, hooks: ExecutionHooks): StepRun {
    return { request, hooks, life: this.#life, retried: this.#retried, now: this.#now, race: this.#isRace(step) };
  }

  #isRace(step: FoundStep): boolean {
    return step.call.race || this.races.isRaced(step);
  }

  #report(step: FoundStep): Op {
    return reportOp(step, this.#isRace(step));
  }

  #ops(ops: readonly Op[]): Reply {
    const cancelled = this.#cancelled;
    const all = cancelled === undefined || cancelled.size === 0 || !this.request.isOwnServer ? ops : [...ops, cancelOp([...cancelled])];
    return { kind: "ops", ops: all, version: executionVersion, noRetry: false, sdk: sdkName };
  }

  #answer(reply: Reply): void {
    const taker = this.#taker;
    this.#taker = undefined;
    this.#timers?.clear();
    const first = taker === undefined ? undefined : this.#life?.beforeReply(this.#hooks);
    if (first === undefined) taker?.take(reply);
    else void first.then(() => taker?.take(reply));
  }

  /** A fault of our own must not leave the call without an answer. */
  fault(error: unknown): void {
    const taker = this.#taker;
    this.#taker = undefined;
    this.#timers?.clear();
    taker?.fault(error);
  }
}
