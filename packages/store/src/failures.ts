// Dead letters: runs that failed, grouped by what went wrong. A group is counted in the unit that ends its run.

import type { EpochMs, StoreSeq } from "@stepwell/protocol";
import type { AppId, EnvironmentId, FunctionId } from "./apps.ts";

/** What tells one kind of failure from another, as the engine decided. */
export interface FailureFacts {
  /** The same for every failure of the kind, and for no other of the environment. */
  readonly fingerprint: string;
  readonly name: string;
  /** The message, with marks where its values stood. */
  readonly template: string;
  readonly stepName?: string;
  /** Where in the user's code it came from. */
  readonly frame?: string;
}

export type FailureState = "open" | "resolved" | "ignored";

/** Says what a person thinks of a group. Turned away as `not_found` when there is no such group. */
export interface SetFailureStateUnit {
  readonly kind: "set_failure_state";
  readonly environmentId: EnvironmentId;
  readonly fingerprint: string;
  readonly state: FailureState;
  readonly at: EpochMs;
}

export interface FailureGroupReport extends FailureFacts {
  /** The place of its last failure. */
  readonly seq: StoreSeq;
  readonly environmentId: EnvironmentId;
  readonly functionId: FunctionId;
  readonly functionSlug: string;
  readonly functionName: string;
  readonly appId: AppId;
  readonly appName: string;
  readonly state: FailureState;
  /** When somebody said so; absent: nobody did. */
  readonly stateAt?: EpochMs;
  /** When it failed again after it had been resolved, the last time. */
  readonly reopenedAt?: EpochMs;
  /** Every failure, also those whose runs are gone. */
  readonly count: number;
  /** Its runs that are still there, and how many of them have been repeated. */
  readonly kept: number;
  readonly redriven: number;
  readonly firstAt: EpochMs;
  readonly lastAt: EpochMs;
}

export interface FailureGroupFilter {
  readonly environmentId?: EnvironmentId;
  readonly states?: readonly FailureState[];
  readonly functionIds?: readonly FunctionId[];
  readonly appIds?: readonly AppId[];
  /** By their last failure. */
  readonly lastFrom?: EpochMs;
  readonly lastTo?: EpochMs;
}
