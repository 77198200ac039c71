// The macros that go through a list, or through the keys of a map.

import type { ASTNode } from "@marcbachmann/cel-js";
import { EvaluationError, isMap, isTrue, kindOf, type Value } from "./values.ts";
import type { Work } from "./work.ts";

const loopNames = ["all", "exists", "exists_one", "map", "filter"] as const;

export type LoopName = (typeof loopNames)[number];

export function isLoopName(name: string): name is LoopName {
  return (loopNames as readonly string[]).includes(name);
}

export interface Loop {
  readonly name: LoopName;
  readonly body: ASTNode;
  /** Of `map` with a condition: what is made of each member. */
  readonly projection: ASTNode | undefined;
  /** Evaluates a node with the loop's variable standing for a member. */
  readonly evaluate: (node: ASTNode, member: Value) => Value;
}

/** What a loop over a list or a map comes to. */
export function runLoop(loop: Loop, subject: Value, work: Work): Value {
  const members = membersOf(subject, work);
  const { body, projection, evaluate } = loop;
  const holds = (member: Value): boolean => isTrue(evaluate(body, member));
  switch (loop.name) {
    case "all":
      return !hasMember(members, (member) => !holds(member), work);
    case "exists":
      return hasMember(members, holds, work);
    case "exists_one":
      return members.filter(holds).length === 1;
    case "filter":
      return members.filter(holds);
    case "map":
      if (projection === undefined) return members.map((member) => evaluate(body, member));
      return members.filter(holds).map((member) => evaluate(projection, member));
    default:
      return loop.name satisfies never;
  }
}

/** A member that decides makes up for others that cannot be computed, as one side of `||` does for the other. */
function hasMember(members: readonly Value[], decides: (member: Value) => boolean, work: Work): boolean {
  let first: unknown;
  for (const member of members) {
    try {
      if (decides(member)) return true;
    } catch (error) {
      work.forgive(error);
      first ??= error;
    }
  }
  if (first !== undefined) throw first;
  return false;
}

function membersOf(subject: Value, work: Work): readonly Value[] {
  if (Array.isArray(subject)) return subject;
  if (!isMap(subject)) throw new EvaluationError(`only lists and maps have members, and this is ${kindOf(subject)}`);
  const keys = Object.keys(subject);
  work.spend(keys.length);
  return keys;
}
