// What limits the calls of a function: rules, which come from its newest configuration, and constraints, which are rules
// with the value that a run's event gave their key. Runs with the same constraints share a lane.

import type { EpochMs } from "@stepwell/protocol";
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

export function constraintsOf(laneKey: string): readonly Constraint[] {
  return laneKey === "" ? [] : (JSON.parse(laneKey) as readonly Constraint[]);
}

export interface FunctionLimits {
  readonly functionId: FunctionId;
  readonly rules: readonly LimitRule[];
}

/** A lane, or every lane of a function, that is not called for some time, whatever else would let it. */
export interface LaneHold {
  readonly functionId: FunctionId;
  /** Absent: all lanes of the function. */
  readonly laneKey?: string;
  /** Absent: it is held no longer. */
  readonly until?: EpochMs;
  /** After that one call at a time is let through, until the hold is taken away. */
  readonly thenOne?: boolean;
}

/** One thing that an item of a lane must pass. */
export interface Gate {
  readonly kind: "step" | "run" | "throttle" | "hold";
  readonly scope: LimitRule["scope"];
  /** The value of its key; `""`: it has none. */
  readonly value: string;
  readonly limit?: number;
  /** Slots in use now. */
  readonly used?: number;
  /** The runs that own them, the first twenty. */
  readonly owners?: readonly string[];
  /** When it opens by itself. */
  readonly opensAt?: EpochMs;
  readonly isShut: boolean;
}
