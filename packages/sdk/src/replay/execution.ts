// One call of a function: it runs from its first line, steps that are remembered settle from their memos, and what is
// left over becomes the reply.
//
// E1. Memos settle one at a time in the order in which they were recorded, and between two of them everything that user
//     code can do in this turn of the event loop is done. So a race has the same winner on every replay.
// E2. Nothing is decided before such a turn is over: steps that are called together are seen together.
// E3. At most one step runs in a call made without a target at any instant, and none begins while a finished one is
//     unsaved. User code may run past a finished step up to the next.
// E4. A reply is given once. What user code does afterwards has no effect: its steps never settle.

import type { EpochMs, JsonText, Op, OpBase, Reply, StepErrorValue, StepId, StepRunOp } from "@stepwell/protocol";
import { isNonRetriable } from "../errors/is-non-retriable.ts";
import { retryTimeOf } from "../errors/retry-time-of.ts";
import { serializeError } from "../errors/serialize-error.ts";
import { StepError } from "../errors/step-error.ts";
import type { StepCall } from "../step/step-call.ts";
import { sdkName } from "../version.ts";
import type { ExecutionHooks, ExecutionRequest } from "./execution-request.ts";
import { readMemo } from "./memos.ts";
import { nextTurn } from "./next-turn.ts";
import { roundTrip } from "./round-trip.ts";
import { StepIds } from "./step-ids.ts";
import { stepNotFound } from "./step-not-found.ts";

/** How user code left. */
type Outcome = { readonly kind: "returned"; readonly value: unknown } | { readonly kind: "threw"; readonly error: unknown };

interface FoundStep {
  readonly call: StepCall;
  readonly hashed: StepId;
  readonly index: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Arguments that a person gave in place of the function's. */
  readonly input?: readonly unknown[];
}

interface RememberedStep extends FoundStep {
  readonly memo: { readonly kind: "data"; readonly data: unknown } | { readonly kind: "error"; readonly error: unknown };
}

/** The version of the protocol's parallelism that this SDK speaks. */
const ownVersion = 2;
/** How long a memo waits for the one before it, whose step user code has not come to, in ms. */
const strayMemoMs = 50;
const findStepMsDefault = 10_000;

export class Execution {
  readonly request: ExecutionRequest;
  readonly #hooks: ExecutionHooks;
  readonly #now: () => number;
  readonly #ids = new StepIds();
  /** Called for, remembered, not settled yet. */
  readonly #remembered = new Map<string, RememberedStep>();
  /** Called for and not remembered. */
  #found: FoundStep[] = [];
  /** Finished in this call and not recorded yet. */
  #unsaved: StepRunOp[] = [];
  /** Losers of races that are over. */
  readonly #cancelled = new Set<StepId>();
  /** Errors of steps, to tell one that nobody caught from one of the function's own. */
  readonly #stepErrors = new WeakSet<object>();
  #cursor = 0;
  #outcome: Outcome | undefined;
  #isTurnDue = false;
  #isBusy = false;
  #reply: ((reply: Reply) => void) | undefined;
  #fail: ((error: unknown) => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #startedAt = 0;

  constructor(request: ExecutionRequest, hooks: ExecutionHooks) {
    this.request = request;
    this.#hooks = hooks;
    this.#now = hooks.now ?? Date.now;
  }

  /** Runs user code until there is something to reply. */
  run(handler: () => unknown): Promise<Reply> {
    this.#startedAt = this.#now();
    return new Promise((resolve, reject) => {
      this.#reply = resolve;
      this.#fail = reject;
      void this.#runHandler(handler);
      if (this.request.stepId !== undefined) this.#giveUpLater();
    });
  }

  /** What a step tool does. */
  step(asked: StepCall): Promise<unknown> {
    const { hashed, index } = this.#ids.next(asked.id);
    const work = this.#hooks.replace?.(asked, hashed);
    const call = work === undefined ? asked : { ...asked, work };
    const promise = new Promise<unknown>((resolve, reject) => {
      if (this.#reply === undefined) return;
      const memo = this.#memoOf(hashed);
      const step: FoundStep = { call, hashed, index, resolve, reject, ...(memo?.kind === "input" ? { input: memo.input } : {}) };
      if (memo === undefined || memo.kind === "input") this.#found.push(step);
      else this.#remembered.set(hashed, { ...step, memo });
      this.#wake();
    });
    // A step that nobody awaits may fail without ending the process.
    promise.catch(() => undefined);
    return promise;
  }

  /** The losers of a race: those that wait are called off with the next reply, a result that comes late is ignored. */
  cancel(steps: readonly StepId[]): void {
    for (const id of steps) this.#cancelled.add(id);
  }

  #memoOf(hashed: StepId): ReturnType<typeof readMemo> | undefined {
    const value = this.request.memos.read(hashed);
    return value === undefined ? undefined : readMemo(value);
  }

  async #runHandler(handler: () => unknown): Promise<void> {
    try {
      this.#outcome = { kind: "returned", value: await handler() };
    } catch (error) {
      this.#outcome = { kind: "threw", error };
    }
    this.#wake();
  }

  #wake(): void {
    if (this.#isTurnDue || this.#reply === undefined) return;
    this.#isTurnDue = true;
    nextTurn(() => {
      this.#isTurnDue = false;
      this.#turn();
    });
  }

  /** Everything that could happen has happened: what next? */
  #turn(): void {
    if (this.#reply === undefined || this.#isBusy) return;
    if (this.#remembered.size > 0) return this.#settleNext();
    if (this.request.stepId !== undefined) return this.#turnToTarget(this.request.stepId);
    if (this.#found.some(({ hashed }) => !this.#cancelled.has(hashed))) return this.#supervise(this.#advance());
    if (this.#outcome !== undefined) return this.#supervise(this.#finish(this.#outcome));
  }

  #settleNext(): void {
    const { order } = this.request.memos;
    let head = order[this.#cursor];
    while (head !== undefined && this.#settled.has(head)) head = order[++this.#cursor];
    const next = head === undefined ? undefined : this.#remembered.get(head);
    if (next !== undefined) return this.#settle(next);
    // User code has not come to the step before it, perhaps because it awaits something that is no step.
    const stray = order.find((id) => this.#remembered.has(id));
    const step = stray === undefined ? [...this.#remembered.values()][0] : this.#remembered.get(stray);
    if (step === undefined) return;
    if (head === undefined || this.#outcome !== undefined) return this.#settle(step);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#remembered.has(step.hashed)) this.#settle(step);
    }, strayMemoMs);
  }

  readonly #settled = new Set<string>();

  #settle(step: RememberedStep): void {
    if (this.#timer !== undefined && this.request.stepId === undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.#remembered.delete(step.hashed);
    this.#settled.add(step.hashed);
    if (step.memo.kind === "error") step.reject(this.#stepError(step, step.memo.error));
    else this.#resolve(step, step.memo.data);
    this.#wake();
  }

  #resolve({ call, resolve, reject }: FoundStep, data: unknown): void {
    if (call.read === undefined) return resolve(data);
    try {
      resolve(call.read(data));
    } catch (error) {
      reject(error);
    }
  }

  #stepError({ call }: FoundStep, error: unknown): StepError {
    const stepError = new StepError(call.id, error);
    this.#stepErrors.add(stepError);
    return stepError;
  }

  #turnToTarget(target: string): void {
    const step = this.#found.find(({ hashed }) => hashed === target);
    if (step?.call.work.kind === "run") return this.#supervise(this.#runTarget(step));
    if (step !== undefined) return this.#answer(this.#ops([this.#report(step)]));
    if (this.#outcome !== undefined) this.#answer(stepNotFound(target, this.#found, "user code ended without coming to it"));
  }

  #giveUpLater(): void {
    const target = this.request.stepId ?? "";
    const ms = this.#hooks.findStepMs ?? findStepMsDefault;
    this.#timer = setTimeout(() => {
      if (!this.#isBusy) this.#answer(stepNotFound(target, this.#found, `user code did not come to it within ${ms} ms`));
    }, ms);
  }

  async #runTarget(step: FoundStep): Promise<void> {
    this.#isBusy = true;
    const op = await this.#execute(step);
    this.#answer(this.#ops([op]));
  }

  /** Steps are open: runs the one that can be run here, or reports all. */
  async #advance(): Promise<void> {
    const open = this.#found.filter(({ hashed }) => !this.#cancelled.has(hashed));
    const [only] = open;
    if (only === undefined || open.length > 1 || only.call.work.kind !== "run" || this.request.plan || this.#isOverdue())
      return this.#answer(this.#ops([...this.#unsaved, ...this.#reportable(open)]));
    this.#isBusy = true;
    if (this.#mustSave() && !(await this.#save())) return;
    this.#found = this.#found.filter((step) => step !== only);
    const op = await this.#execute(only);
    if (op.kind !== "StepRun" || !this.#mayRunAhead()) return this.#answer(this.#ops([...this.#unsaved, op]));
    this.#unsaved.push(op);
    this.#settled.add(only.hashed);
    this.#resolve(only, JSON.parse(op.data));
    this.#isBusy = false;
    this.#wake();
  }

  /** With steps finished and the time of this call used up, the next one is left to the next call. */
  #reportable(open: readonly FoundStep[]): readonly Op[] {
    const isLeft = this.#isOverdue() && this.#unsaved.length > 0 && open.length === 1 && open[0]?.call.work.kind === "run";
    return isLeft ? [] : open.map((step) => this.#report(step));
  }

  #isOverdue(): boolean {
    const { maxRuntimeMs } = this.#hooks;
    return maxRuntimeMs !== undefined && this.#now() - this.#startedAt >= maxRuntimeMs;
  }

  /** What began as a retry ends with its step, so that the next one does not inherit the count of attempts. */
  #mayRunAhead(): boolean {
    return this.request.attempt === 0 && this.#hooks.runAhead !== false;
  }

  #mustSave(): boolean {
    const [oldest] = this.#unsaved;
    if (oldest === undefined) return false;
    const { unsavedMax = 1, unsavedMsMax } = this.#hooks;
    return this.#unsaved.length >= unsavedMax || (unsavedMsMax !== undefined && this.#now() - (oldest.startedAt ?? 0) >= unsavedMsMax);
  }

  /** False: the reply has been given. */
  async #save(): Promise<boolean> {
    const { checkpoint } = this.#hooks;
    const saved = checkpoint === undefined ? "failed" : await checkpoint(this.#unsaved);
    if (saved === "saved") {
      this.#unsaved = [];
      return true;
    }
    this.#answer(saved === "stale" ? stale() : this.#ops(this.#unsaved));
    return false;
  }

  async #finish(outcome: Outcome): Promise<void> {
    this.#isBusy = true;
    if (outcome.kind === "threw") {
      if (this.#unsaved.length > 0 && !(await this.#save())) return;
      return this.#answer(this.#functionError(outcome.error));
    }
    const data = roundTrip(outcome.value).text;
    if (this.#unsaved.length === 0) return this.#answer({ kind: "result", data, sdk: sdkName });
    const end: Op = { kind: "RunComplete", id: completeId, name: "complete", race: false, data };
    this.#answer(this.#ops([...this.#unsaved, end]));
  }

  async #execute(step: FoundStep): Promise<Op> {
    const { work } = step.call;
    const startedAt = this.#now();
    const base = (): OpBase => ({ ...this.#base(step), startedAt: startedAt as EpochMs, durationMs: this.#now() - startedAt });
    this.#hooks.onRun?.(step.call);
    try {
      if (work.kind !== "run") throw new TypeError("only code can be run");
      const value = await work.body(step.input ?? work.input, step.hashed);
      const { text } = roundTrip(value);
      return { kind: "StepRun", ...base(), data: text };
    } catch (error) {
      const value = stepErrorValue(error);
      if (isNonRetriable(error) || this.#isLastAttempt()) return { kind: "StepFailed", ...base(), error: value };
      const retryAfterMs = retryTimeOf(error, this.#now());
      return { kind: "StepError", ...base(), error: value, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    } finally {
      this.#hooks.onRun?.(undefined);
    }
  }

  #isLastAttempt(): boolean {
    return this.request.attempt + 1 >= this.request.maxAttempts;
  }

  #report(step: FoundStep): Op {
    const { work } = step.call;
    return work.kind === "run" ? { kind: "StepPlanned", ...this.#base(step) } : work.op(this.#base(step));
  }

  #base({ call, hashed }: FoundStep): OpBase {
    return { id: hashed, name: call.name, stepType: call.type, race: call.race };
  }

  #functionError(error: unknown): Reply {
    const { name, message, stack, cause } = serializeError(error);
    const noRetry = isNonRetriable(error) || (typeof error === "object" && error !== null && this.#stepErrors.has(error));
    const retryAfterMs = retryTimeOf(error, this.#now());
    return {
      kind: "error",
      code: "function_error",
      error: {
        name,
        message,
        stack,
        ...(cause === undefined ? {} : { cause: JSON.stringify(cause) as JsonText }),
        error: noRetry ? "NonRetriableError" : "invalid status code: 500",
      },
      noRetry,
      status: noRetry ? 400 : 500,
      ...(retryAfterMs === undefined ? {} : { retryAt: Math.ceil(this.#now() + retryAfterMs) as EpochMs }),
    };
  }

  #ops(ops: readonly Op[]): Reply {
    const all = this.#cancelled.size === 0 || !this.request.canCancelSteps ? ops : [...ops, cancelOp([...this.#cancelled])];
    return { kind: "ops", ops: all, version: ownVersion, noRetry: false, sdk: sdkName };
  }

  #answer(reply: Reply): void {
    const give = this.#reply;
    this.#reply = undefined;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    give?.(reply);
  }

  /** A fault of our own must not leave the call without an answer. */
  #supervise(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#reply = undefined;
      this.#fail?.(error);
    });
  }
}

const completeId = "0737c22d3bfae812339732d14d8c7dbd6dc4e09c" as StepId;

function cancelOp(ids: readonly StepId[]): Op {
  return { kind: "StepCancel", id: ids[0] ?? completeId, name: "cancel", race: false, ids };
}

function stepErrorValue(thrown: unknown): StepErrorValue {
  const error = serializeError(thrown);
  const { name, message, stack } = error;
  return { name, message, stack, json: JSON.stringify({ ...error, data: null }) as JsonText };
}

function stale(): Reply {
  const message = "a later call of this run is under way, or the run has ended; this one stops";
  return { kind: "error", code: "stale_checkpoint", error: { name: "StaleDispatchError", message }, noRetry: true, status: 400 };
}
