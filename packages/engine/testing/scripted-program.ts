// What a scripted function does, as data, and where it stands with what it remembers.

import { hashStepId, type JsonText, type StepId } from "@stepwell/protocol";

/** What a scripted function does, in order. */
export type Program = readonly Action[];

/** What has a step id of its own. */
export type Leaf = StepLeaf | SleepLeaf | WaitLeaf | SignalLeaf | InvokeLeaf | RequestLeaf;

/** Fails so often before it goes well; a fatal one fails for good with its first failure, and the function goes on. */
export interface StepLeaf {
  readonly kind: "step";
  readonly id: string;
  readonly failures: number;
  readonly isFatal?: boolean;
}

interface SleepLeaf {
  readonly kind: "sleep";
  readonly id: string;
  readonly ms: number;
}

export interface WaitLeaf {
  readonly kind: "wait";
  readonly id: string;
  /** As people see it; several waits of a name take each event once. Absent: the id. */
  readonly name?: string;
  readonly event: string;
  readonly condition: WaitCondition;
  readonly timeoutMs: number;
  readonly lookback?: string;
}

/** Which events of the name: any, those with the key of the run's own event, those above a number, or ends of a function. */
export interface WaitCondition {
  readonly sameKey?: boolean;
  readonly above?: number;
  readonly endOf?: string;
}

export interface SignalLeaf {
  readonly kind: "signal";
  readonly id: string;
  readonly signal: string;
  readonly conflict: "fail" | "replace";
  readonly timeoutMs: number;
}

export interface InvokeLeaf {
  readonly kind: "invoke";
  readonly id: string;
  readonly functionName: string;
  readonly propagateCancel: boolean;
  readonly timeoutMs: number;
}

/** A request that the server makes for the step. */
export interface RequestLeaf {
  readonly kind: "request";
  readonly id: string;
  readonly op: "Gateway" | "AIGateway";
  /** Where its key stands, which nobody may store. Absent: it has none. */
  readonly key?: "header" | "parameter";
}

export type Action =
  | Leaf
  /** Branches that go on at the same time; a race is over with the first of them, and reports the others further on. */
  | { readonly kind: "parallel"; readonly race: boolean; readonly branches: readonly Program[] }
  /** The function itself throws: `times` times, and then goes on; for ever when it is Infinity. At the top level only. */
  | { readonly kind: "fail"; readonly id: string; readonly times: number }
  /** So many replies that ask for nothing. At the top level only. */
  | { readonly kind: "nothing"; readonly id: string; readonly times: number }
  /** A reply that must be refused as a whole: a step that went well, beside something nobody can carry out. At the top level only. */
  | { readonly kind: "refused"; readonly id: string; readonly by: "sleep" | "timeout" | "expression" | "number" };

export interface ScriptedFunction {
  readonly slug: string;
  readonly program: Program;
  /** 1: every finished step is told at once. 2: groups are waited for as a whole. */
  readonly version: 1 | 2;
  /** Steps that are run one after the other are saved in the middle of the call, so many at once. */
  readonly stepsPerCheckpoint?: number;
  /** Losers of a race that wait for something are called off, where the others are reported again. */
  readonly cancelsLosers?: boolean;
}

export interface OpenLeaf {
  readonly leaf: Leaf;
  readonly race: boolean;
  /** Its race is over. */
  readonly isLoser: boolean;
}

export interface Standing {
  /** What has no result yet, as it would be reported: losers of races that are over among them. */
  readonly open: readonly OpenLeaf[];
  readonly isOver: boolean;
}

export function standingOf(program: Program, memos: ReadonlyMap<StepId, JsonText>, race = false): Standing {
  const left: OpenLeaf[] = [];
  for (const action of program) {
    if (action.kind === "fail" || action.kind === "refused" || action.kind === "nothing") continue;
    if (action.kind !== "parallel") {
      if (memos.has(hashOf(action.id))) continue;
      return { open: [...left, { leaf: action, race, isLoser: false }], isOver: false };
    }
    const branches = action.branches.map((branch) => standingOf(branch, memos, race || action.race));
    const isOver = action.race ? branches.some((branch) => branch.isOver) : branches.every((branch) => branch.isOver);
    left.push(...branches.flatMap(({ open }) => (isOver ? open.map((each) => ({ ...each, isLoser: true })) : open)));
    if (!isOver) return { open: left, isOver: false };
  }
  return { open: left, isOver: true };
}

/** All leaves of a program, by their ids. */
export function leavesOf(program: Program): readonly Leaf[] {
  return program.flatMap((action) => {
    if (action.kind === "parallel") return action.branches.flatMap(leavesOf);
    return action.kind === "fail" || action.kind === "refused" || action.kind === "nothing" ? [] : [action];
  });
}

/** The condition as an app writes it. */
export function expressionOf({ sameKey, above, endOf }: WaitCondition): string | undefined {
  const parts = [
    ...(sameKey === true ? ["event.data.key == async.data.key"] : []),
    ...(above === undefined ? [] : [`async.data.n > ${above}`]),
    ...(endOf === undefined ? [] : [`async.data.function_id == '${endOf}'`]),
  ];
  return parts.length === 0 ? undefined : parts.join(" && ");
}

const hashes = new Map<string, StepId>();

/** A group of a thousand asks for a thousand hashes with each of its thousand calls. */
export function hashOf(id: string): StepId {
  let hash = hashes.get(id);
  if (hash === undefined) {
    hash = hashStepId(id);
    hashes.set(id, hash);
  }
  return hash;
}
