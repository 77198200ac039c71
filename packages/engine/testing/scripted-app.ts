// An app without user code: programs as data, replayed against memos the way an SDK replays a function.

import {
  asJson,
  hashStepId,
  type JsonText,
  memoForStepRun,
  type Op,
  type Reply,
  type RunErrorValue,
  type StepErrorValue,
  type StepId,
  type StepRunOp,
} from "@stepwell/protocol";
import type { Call } from "../src/seams/transport.ts";

/** What a scripted function does, in order. */
export type Program = readonly Action[];

/** What has a step id of its own. */
export type Leaf =
  /** Fails so often before it goes well; a fatal one fails for good with its first failure, and the function goes on. */
  { readonly kind: "step"; readonly id: string; readonly failures: number; readonly isFatal?: boolean } | SleepLeaf;

interface SleepLeaf {
  readonly kind: "sleep";
  readonly id: string;
  readonly ms: number;
}

export type Action =
  | Leaf
  /** Branches that go on at the same time; a race is over with the first of them, and reports the others further on. */
  | { readonly kind: "parallel"; readonly race: boolean; readonly branches: readonly Program[] }
  /** The function itself throws: `times` times, and then goes on; for ever when it is Infinity. At the top level only. */
  | { readonly kind: "fail"; readonly id: string; readonly times: number }
  /** So many replies that ask for nothing. At the top level only. */
  | { readonly kind: "nothing"; readonly id: string; readonly times: number }
  /** A reply that must be refused as a whole: a step that went well, and a sleep that nobody can read. At the top level only. */
  | { readonly kind: "refused"; readonly id: string };

export interface ScriptedFunction {
  readonly slug: string;
  readonly program: Program;
  /** 1: every finished step is told at once. 2: groups are waited for as a whole. */
  readonly version: 1 | 2;
  /** Steps that are run one after the other are saved in the middle of the call, so many at once. */
  readonly stepsPerCheckpoint?: number;
}

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
    const replay: Replay = { call, scripted, told: [...call.memos], memos: new Map(call.memos) };
    const { stepsPerCheckpoint = 0 } = scripted;
    /** Refused, or not asked for yet. */
    const unsaved: StepRunOp[] = [];
    let asked = 0;
    for (;;) {
      const found = this.#replay(replay);
      if ("reply" in found) return found.reply;
      if (call.stepId !== undefined) return this.#runTarget(found, call, replay);
      const [only] = found.open;
      if (found.isOver) return ops([...unsaved, completed(replay)], replay);
      if (only === undefined || found.open.length > 1 || only.leaf.kind !== "step" || call.plan)
        return ops([...unsaved, ...found.open.map(reported)], replay);
      const op = this.#run(only.leaf, call);
      if (op.kind !== "StepRun" || stepsPerCheckpoint === 0) return ops([...unsaved, op], replay);
      replay.memos.set(op.id, memoForStepRun(op.data));
      unsaved.push(op);
      if (unsaved.length - asked < stepsPerCheckpoint) continue;
      const isSaved: boolean = yield unsaved.slice(asked);
      if (isSaved) unsaved.splice(asked);
      asked = unsaved.length;
    }
  }

  /** Where the function stands with what it remembers. */
  #replay(replay: Replay): Standing | { readonly reply: Reply } {
    const left: Open[] = [];
    for (const action of replay.scripted.program) {
      if (action.kind === "fail") {
        if (replay.call.stepId === undefined && this.#tried(replay.call, action.id) <= action.times)
          return { reply: failed({ name: "Error", message: "the function failed" }, false) };
        continue;
      }
      if (action.kind === "nothing") {
        if (replay.call.stepId === undefined && this.#tried(replay.call, action.id) <= action.times) return { reply: ops([], replay) };
        continue;
      }
      if (action.kind === "refused") {
        if (replay.call.stepId === undefined) return { reply: refusedReply(action.id, replay) };
        continue;
      }
      const standing = standingOf([action], replay.memos, false);
      if (!standing.isOver) return { open: [...left, ...standing.open], isOver: false };
      left.push(...standing.open);
    }
    return { open: left, isOver: true };
  }

  #runTarget(found: Standing, call: Call, replay: Replay): Reply {
    const target = found.open.find(({ leaf }) => hashOf(leaf.id) === call.stepId);
    return target?.leaf.kind === "step"
      ? ops([this.#run(target.leaf, call)], replay)
      : failed({ name: "Error", message: "could not find the step" }, false);
  }

  #run(step: Extract<Leaf, { kind: "step" }>, call: Call): Op {
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
  /** What the call brought when it came. */
  readonly told: readonly (readonly [StepId, JsonText])[];
  /** The same, and what it ran itself. */
  readonly memos: Map<StepId, JsonText>;
}

interface Open {
  readonly leaf: Leaf;
  readonly race: boolean;
}

interface Standing {
  /** What has no result yet, as it would be reported: losers of races that are over among them. */
  readonly open: readonly Open[];
  readonly isOver: boolean;
}

function standingOf(program: Program, memos: ReadonlyMap<StepId, JsonText>, race: boolean): Standing {
  const left: Open[] = [];
  for (const action of program) {
    if (action.kind === "fail" || action.kind === "refused" || action.kind === "nothing") continue;
    if (action.kind !== "parallel") {
      if (memos.has(hashOf(action.id))) continue;
      return { open: [...left, { leaf: action, race }], isOver: false };
    }
    const branches = action.branches.map((branch) => standingOf(branch, memos, race || action.race));
    const isOver = action.race ? branches.some((branch) => branch.isOver) : branches.every((branch) => branch.isOver);
    left.push(...branches.flatMap(({ open }) => open));
    if (!isOver) return { open: left, isOver: false };
  }
  return { open: left, isOver: true };
}

function reported({ leaf, race }: Open): Op {
  switch (leaf.kind) {
    case "step":
      return { ...base(leaf.id, race), kind: "StepPlanned" };
    case "sleep":
      return { ...base(leaf.id, race), kind: "Sleep", target: `${leaf.ms}ms` };
    default:
      return leaf satisfies never;
  }
}

/** The function's result tells what it was told, so that it can be held against the journal. */
function completed({ told }: Replay): Op {
  return { ...base("complete"), kind: "RunComplete", data: asJson({ remembered: told }) };
}

function refusedReply(id: string, replay: Replay): Reply {
  return ops(
    [
      { ...base(`refused ${id}`), kind: "StepRun", data: asJson("nobody may see this") },
      { ...base(`refused sleep ${id}`), kind: "Sleep", target: "until the cows come home" },
    ],
    replay,
  );
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

const hashes = new Map<string, StepId>();

/** A group of a thousand asks for a thousand hashes with each of its thousand calls. */
function hashOf(id: string): StepId {
  let hash = hashes.get(id);
  if (hash === undefined) {
    hash = hashStepId(id);
    hashes.set(id, hash);
  }
  return hash;
}
