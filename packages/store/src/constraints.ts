// What limits the calls of a function: rules, which come from its newest configuration, and constraints, which are rules
// with the value that a run's event gave their key. Runs with the same constraints share a lane.

import type { EpochMs, RunId } from "@stepwell/protocol";
import type { FunctionId } from "./apps.ts";
import type { Rate } from "./rates.ts";

/**
 * `step`: calls under way at once; a slot is owned by the item in flight. `run`: runs begun and not ended; a slot is owned
 * by the run. `throttle`: starts of runs in a period.
 */
export type LimitRule =
  | (RuleName & { readonly kind: "step" | "run"; readonly limit: number })
  | (RuleName & { readonly kind: "throttle" } & Rate);

interface RuleName {
  /** Of its key expression, a hash; `""`: without a key, one value for all runs of the function. */
  readonly key: string;
  /** Whose runs share what it counts. `env`, `account`: all functions that have the same value for theirs. */
  readonly scope: "fn" | "env" | "account";
}

/** A rule's name and the value of its key. Rules without a key hold for every run, and are in no list of these. */
export type Constraint = readonly [rule: string, value: string];

export function ruleName({ kind, scope, key }: Pick<LimitRule, "kind" | "scope" | "key">): string {
  return `${kind} ${scope} ${key}`;
}

/** What a lane is called; `""` where no key tells runs of the function apart. */
export function laneKeyOf(constraints: readonly Constraint[]): string {
  return constraints.length === 0 ? "" : JSON.stringify(constraints);
}

/** Asked for every run that has constraints. In a name in which nothing is escaped the strings stand between its quotes. */
export function constraintsOf(laneKey: string): readonly Constraint[] {
  if (laneKey === "") return [];
  if (laneKey.includes("\\")) return JSON.parse(laneKey) as readonly Constraint[];
  const quoted = laneKey.split('"');
  const constraints: Constraint[] = [];
  for (let at = 1; at < quoted.length; at += 4) constraints.push([quoted[at] ?? "", quoted[at + 2] ?? ""]);
  return constraints;
}

export interface FunctionLimits {
  readonly functionId: FunctionId;
  readonly rules: readonly LimitRule[];
}

/** The constraint of the runs that share a breaker of their function. It limits nothing; a hold names it. */
export function breakerConstraint(value: string): Constraint {
  return ["breaker fn ", value];
}

/** A lane, every lane with a constraint, or every lane of a function, that is not called for some time, whatever else would let it. */
export interface LaneHold {
  readonly functionId: FunctionId;
  /** Absent: all lanes of the function. */
  readonly laneKey?: string;
  /** Instead of a lane: that of a breaker, which any number of lanes may have. It is held as with `thenOne`. */
  readonly constraint?: Constraint;
  /** Absent: it is held no longer. */
  readonly until?: EpochMs;
  /** After that one call at a time is let through, until the hold is taken away. */
  readonly thenOne?: boolean;
}

/** One thing that an item must pass to be called. */
export interface Gate {
  /** `hold`: its lane, or its function, is kept from being called for a time. */
  readonly kind: LimitRule["kind"] | "hold";
  readonly scope: LimitRule["scope"];
  /** The value of its key; `""`: it has none. */
  readonly value: string;
  readonly isShut: boolean;
  /** The rule as the newest configuration has it; absent: a hold. */
  readonly rule?: LimitRule;
  /** Slots in use, and the runs that own them, the first few. */
  readonly used: number;
  readonly owners: readonly RunId[];
  /** When it opens by itself; absent: when a slot is given back, or it is open. */
  readonly opensAt?: EpochMs;
  /**
   * Where the item's lane waits for this gate beside others: how many items go before it, those of its own lane and what the
   * others have turns for, as far as they were counted, and the runs of the first few. Lanes have turns of one item.
   */
  readonly line?: { readonly ahead: number; readonly first: readonly RunId[] };
}

/** Where an item stands that nobody has in hand. */
export interface QueuePlace {
  /** `parked`: until its time, `dueAt`. */
  readonly state: "ready" | "parked";
  readonly dueAt: EpochMs;
  /** Its run has not been called yet. */
  readonly isStart: boolean;
  /** Ready ones: items of its lane that go before it, as far as they were counted, and the runs of the first few. */
  readonly ahead: number;
  readonly first: readonly RunId[];
  /** Everything it must pass, open or shut, in the order in which it is asked. */
  readonly gates: readonly Gate[];
}
