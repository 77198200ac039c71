// An app without user code: programs as data, replayed against memos the way an SDK replays a function.

import {
  asJson,
  type JsonObject,
  type JsonText,
  limits,
  memoForStepRun,
  type Op,
  type Reply,
  type RunErrorValue,
  type StepErrorValue,
  type StepId,
  type StepRunOp,
} from "@stepwell/protocol";
import type { Call } from "../src/seams/transport.ts";
import {
  type Action,
  expressionOf,
  hashOf,
  type OpenLeaf,
  type RequestLeaf,
  type ScriptedFunction,
  type Standing,
  type StepLeaf,
  standingOf,
} from "./scripted-program.ts";

/** Remembers how often it ran what, per run; survives restarts of the engine, as an app does. */
export class ScriptedApp {
  readonly #functions = new Map<string, ScriptedFunction>();
  readonly #tries = new Map<string, number>();
  /** Steps whose code finished, per run and step: more than one is allowed (at least once), fewer than one is not. */
  readonly finished = new Map<string, number>();

  add(scripted: ScriptedFunction): void {
    this.#functions.set(scripted.slug, scripted);
  }

  find(slug: string): ScriptedFunction | undefined {
    return this.#functions.get(slug);
  }

  /** The whole call at once, without checkpoints. */
  answer(call: Call): Reply {
    const execution = this.execute(call);
    let turn = execution.next();
    while (turn.done !== true) turn = execution.next(false);
    return turn.value;
  }

  /** One call: yields what it would save in its middle, and is told whether that was saved. */
  *execute(call: Call): Generator<readonly StepRunOp[], Reply, boolean> {
    const scripted = this.#functions.get(call.target.slug);
    if (scripted === undefined) return failed({ name: "Error", message: `no function ${call.target.slug}` }, true);
    const replay: Replay = { call, scripted, memos: new Map(call.memos) };
    const { stepsPerCheckpoint = 0 } = scripted;
    /** Refused, or not asked for yet. */
    const unsaved: StepRunOp[] = [];
    let asked = 0;
    for (;;) {
      const found = this.#replay(replay);
      if ("reply" in found) return found.reply;
      if (call.stepId !== undefined) return this.#runTarget(found, call, replay);
      if (found.isOver) return ops([...unsaved, completed(replay)], replay);
      const [only] = found.open;
      if (only === undefined || found.open.length > 1 || only.leaf.kind !== "step" || call.plan)
        return ops([...unsaved, ...reportedAll(found.open, replay)], replay);
      const op = this.#run(only.leaf, call);
      if (op.kind !== "StepRun" || stepsPerCheckpoint === 0) return ops([...unsaved, op], replay);
      replay.memos.set(op.id, memoForStepRun(op));
      unsaved.push(op);
      if (unsaved.length - asked < stepsPerCheckpoint) continue;
      const isSaved: boolean = yield unsaved.slice(asked);
      if (isSaved) unsaved.splice(asked);
      asked = unsaved.length;
    }
  }

  /** Where the function stands with what it remembers, or what it answers on the way there. */
  #replay(replay: Replay): Standing | { readonly reply: Reply } {
    const left: OpenLeaf[] = [];
    for (const action of replay.scripted.program) {
      const reply = replay.call.stepId === undefined ? this.#interrupt(action, replay) : undefined;
      if (reply !== undefined) return { reply };
      const standing = standingOf([action], replay.memos);
      if (!standing.isOver) return { open: [...left, ...standing.open], isOver: false };
      left.push(...standing.open);
    }
    return { open: left, isOver: true };
  }

  /** What has no step of its own. */
  #interrupt(action: Action, replay: Replay): Reply | undefined {
    switch (action.kind) {
      case "fail":
        return this.#tried(replay.call, action.id) <= action.times
          ? failed({ name: "Error", message: "the function failed" }, false)
          : undefined;
      case "nothing":
        return this.#tried(replay.call, action.id) <= action.times ? ops([], replay) : undefined;
      case "refused":
        return ops(
          [{ ...base(`refused ${action.id}`), kind: "StepRun", data: asJson("nobody may see this") }, ...refusedOps(action)],
          replay,
        );
      default:
        return undefined;
    }
  }

  #runTarget(found: Standing, call: Call, replay: Replay): Reply {
    const target = found.open.find(({ leaf }) => hashOf(leaf.id) === call.stepId);
    return target?.leaf.kind === "step"
      ? ops([this.#run(target.leaf, call)], replay)
      : failed({ name: "Error", message: "could not find the step" }, false);
  }

  #run(step: StepLeaf, call: Call): Op {
    const tries = this.#tried(call, step.id);
    if (tries <= step.failures) {
      const isLast = step.isFatal === true || call.attempt + 1 >= call.maxAttempts;
      return { ...base(step.id), kind: isLast ? "StepFailed" : "StepError", error: stepError(`try ${tries} of ${step.id}`) };
    }
    const key = `${call.runId} ${step.id}`;
    this.finished.set(key, (this.finished.get(key) ?? 0) + 1);
    // No two executions of a step have the same result, so that one written over another is seen.
    return { ...base(step.id), kind: "StepRun", data: asJson({ step: step.id, execution: tries }) };
  }

  #tried(call: Call, what: string): number {
    const key = `${call.runId} ${what}`;
    const tries = (this.#tries.get(key) ?? 0) + 1;
    this.#tries.set(key, tries);
    return tries;
  }
}

interface Replay {
  readonly call: Call;
  readonly scripted: ScriptedFunction;
  /** What the call brought, and what it ran itself. */
  readonly memos: Map<StepId, JsonText>;
}

/** Losers of races are reported again, or called off where the function does so. */
function reportedAll(open: readonly OpenLeaf[], replay: Replay): readonly Op[] {
  if (replay.scripted.cancelsLosers !== true) return open.map((each) => reported(each, replay));
  const losers = open.filter(({ isLoser, leaf }) => isLoser && leaf.kind !== "step").map(({ leaf }) => hashOf(leaf.id));
  const rest = open.filter(({ isLoser, leaf }) => !isLoser || leaf.kind === "step").map((each) => reported(each, replay));
  return losers.length === 0 ? rest : [...rest, { ...base("call off"), kind: "StepCancel", ids: losers }];
}

function reported({ leaf, race }: OpenLeaf, { call }: Replay): Op {
  const about = base(leaf.id, race);
  switch (leaf.kind) {
    case "step":
      return { ...about, kind: "StepPlanned" };
    case "sleep":
      return { ...about, kind: "Sleep", target: `${leaf.ms}ms` };
    case "wait": {
      const expression = expressionOf(leaf.condition);
      return {
        ...about,
        name: leaf.name ?? leaf.id,
        kind: "WaitForEvent",
        event: leaf.event,
        timeout: `${leaf.timeoutMs}ms`,
        ...(expression === undefined ? {} : { expression }),
        ...(leaf.lookback === undefined ? {} : { lookback: leaf.lookback }),
      };
    }
    case "signal":
      return { ...about, kind: "WaitForSignal", signal: leaf.signal, timeout: `${leaf.timeoutMs}ms`, conflict: leaf.conflict };
    case "invoke": {
      const { functionName, timeoutMs, propagateCancel } = leaf;
      return {
        ...about,
        kind: "InvokeFunction",
        functionName,
        payload: { data: dataOf(call) },
        timeout: `${timeoutMs}ms`,
        propagateCancel,
      };
    }
    case "request":
      return { ...about, kind: leaf.op, opts: requestOf(leaf, call) };
    default:
      return leaf satisfies never;
  }
}

/** What a run shows to third parties; nothing of it may be stored. */
export function keyOf(runId: string): string {
  return `key-of-${runId}`;
}

/** The address names the run and the step, so that the far side knows who asks. */
function requestOf({ id, op, key }: RequestLeaf, { runId }: Call): JsonObject {
  const url = `https://far.test/${runId}/${id}`;
  if (op === "AIGateway")
    return {
      url,
      body: { id },
      format: key === "parameter" ? "gemini" : "openai-chat",
      ...(key === undefined ? {} : { auth_key: keyOf(runId) }),
    };
  return {
    url: key === "parameter" ? `${url}?api_key=${keyOf(runId)}` : url,
    ...(key === "header" ? { headers: { authorization: `Bearer ${keyOf(runId)}` } } : {}),
  };
}

/** A child is called with what its parent was called with. */
function dataOf(call: Call): JsonObject {
  const { key = 0 } = JSON.parse(call.events[0]?.data ?? "{}") as { readonly key?: number };
  return { key, n: 0 };
}

/** No two runs have the same result, so that a parent who is told another child's is seen. */
function completed({ call }: Replay): Op {
  return { ...base("complete"), kind: "RunComplete", data: asJson({ run: call.runId }) };
}

function refusedOps({ id, by }: Extract<Action, { kind: "refused" }>): readonly Op[] {
  const about = base(`refused too ${id}`);
  switch (by) {
    case "sleep":
      return [{ ...about, kind: "Sleep", target: "until the cows come home" }];
    case "timeout":
      return [{ ...about, kind: "WaitForEvent", event: "sim/ping", timeout: "for a while" }];
    case "expression":
      return [{ ...about, kind: "WaitForEvent", event: "sim/ping", timeout: "1h", expression: "async.data.n >" }];
    case "number":
      return Array.from({ length: limits.opsPerReplyMax }, (_, index) => ({ ...base(`refused ${id} ${index}`), kind: "StepPlanned" }));
    default:
      return by satisfies never;
  }
}

function base(id: string, race = false): { readonly id: StepId; readonly name: string; readonly race: boolean } {
  return { id: hashOf(id), name: id, race };
}

function ops(list: readonly Op[], { scripted }: Replay): Reply {
  return { kind: "ops", ops: list, version: scripted.version, noRetry: false, sdk: "scripted:v1" };
}

function failed(error: RunErrorValue, noRetry: boolean): Reply {
  return { kind: "error", code: "function_error", error, noRetry, status: 500 };
}

function stepError(message: string): StepErrorValue {
  return { name: "Error", message, json: `{"name":"Error","message":${asJson(message)},"data":null}` as JsonText };
}
