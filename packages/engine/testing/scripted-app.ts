// An app without user code: programs as data, replayed against memos the way an SDK replays a function.

import {
  asJson,
  hashStepId,
  type JsonText,
  type Op,
  type Reply,
  type RunErrorValue,
  type StepErrorValue,
  type StepId,
} from "@stepwell/protocol";
import type { Call } from "../src/seams/transport.ts";

/** What a scripted function does, in order. A group's members go on at the same time. */
export type Program = readonly Action[];

export type Action =
  | { readonly kind: "step"; readonly id: string; readonly failures: number; readonly isFinal?: boolean }
  | { readonly kind: "sleep"; readonly id: string; readonly ms: number }
  | { readonly kind: "group"; readonly race: boolean; readonly members: readonly Exclude<Action, { kind: "group" | "fail" }>[] }
  /** The function itself throws: `times` times, and then goes on; for ever when it is Infinity. */
  | { readonly kind: "fail"; readonly id: string; readonly times: number };

export interface ScriptedFunction {
  readonly slug: string;
  readonly program: Program;
  /** 1: every finished step is told at once. 2: groups are waited for as a whole. */
  readonly version: 1 | 2;
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

  answer(call: Call): Reply {
    const scripted = this.#functions.get(call.target.slug);
    if (scripted === undefined) return failed({ name: "Error", message: `no function ${call.target.slug}` }, true);
    const state: Replay = { call, version: scripted.version };
    for (const action of scripted.program) {
      const reply = this.#visit(action, state);
      if (reply !== undefined) return reply;
    }
    return call.stepId === undefined
      ? ops([{ ...base("complete"), kind: "RunComplete", data: asJson({ steps: call.memos.size }) }], state)
      : failed({ name: "Error", message: "could not find the step" }, false);
  }

  /** What the function does at this place; `undefined`: it has passed it. */
  #visit(action: Action, state: Replay): Reply | undefined {
    switch (action.kind) {
      case "step":
      case "sleep":
        return this.#visitOne(action, state);
      case "group":
        return this.#visitGroup(action, state);
      case "fail":
        return this.#tried(state.call, action.id) <= action.times
          ? failed({ name: "Error", message: "the function failed" }, false)
          : undefined;
      default:
        return action satisfies never;
    }
  }

  #visitOne(action: Exclude<Action, { kind: "group" | "fail" }>, state: Replay): Reply | undefined {
    const { call } = state;
    const id = hashOf(action.id);
    if (call.memos.has(id)) return undefined;
    if (call.stepId !== undefined && call.stepId !== id) return failed({ name: "Error", message: "could not find the step" }, false);
    if (action.kind === "sleep") return ops([{ ...base(action.id), kind: "Sleep", target: `${action.ms}ms` }], state);
    if (call.stepId === undefined && call.plan) return ops([{ ...base(action.id), kind: "StepPlanned" }], state);
    return ops([this.#run(action, call)], state);
  }

  #visitGroup(group: Extract<Action, { kind: "group" }>, state: Replay): Reply | undefined {
    const { call } = state;
    const open = group.members.filter(({ id }) => !call.memos.has(hashOf(id)));
    const isOver = group.race ? open.length < group.members.length : open.length === 0;
    if (isOver && call.stepId === undefined) return undefined;
    const target = group.members.find(({ id }) => hashOf(id) === call.stepId);
    if (call.stepId !== undefined) return target?.kind === "step" ? ops([this.#run(target, call)], state) : undefined;
    return ops(
      open.map((member) =>
        member.kind === "sleep"
          ? { ...base(member.id, group.race), kind: "Sleep", target: `${member.ms}ms` }
          : { ...base(member.id, group.race), kind: "StepPlanned" },
      ),
      state,
    );
  }

  #run(step: Extract<Action, { kind: "step" }>, call: Call): Op {
    const isLast = call.attempt + 1 >= call.maxAttempts;
    if (this.#tried(call, step.id) <= step.failures)
      return { ...base(step.id), kind: isLast ? "StepFailed" : "StepError", error: stepError(`try of ${step.id}`) };
    const key = `${call.runId} ${step.id}`;
    this.finished.set(key, (this.finished.get(key) ?? 0) + 1);
    return { ...base(step.id), kind: "StepRun", data: asJson(step.id) };
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
  readonly version: 1 | 2;
}

function base(id: string, race = false): { readonly id: StepId; readonly name: string; readonly race: boolean } {
  return { id: hashOf(id), name: id, race };
}

function ops(list: readonly Op[], { version }: Replay): Reply {
  return { kind: "ops", ops: list, version, noRetry: false, sdk: "scripted:v1" };
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
