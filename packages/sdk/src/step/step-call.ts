import type { Op, OpBase } from "@stepwell/protocol";

/** One use of a step tool, as the execution sees it. */
export interface StepCall {
  /** What the function names it; repeats get an index. */
  readonly id: string;
  /** What people see. */
  readonly name: string;
  /** The kind of tool, for display: `step.run`. */
  readonly type: string;
  /** Settled on its own, without its siblings. */
  readonly race: boolean;
  readonly work: StepWork;
  /** Makes what user code gets of what the memo holds. */
  readonly read?: (data: unknown) => unknown;
}

/** Is given the arguments, and the hashed id of its step. */
export type StepBody = (input: readonly unknown[], hashedId: string) => unknown;

export type StepWork =
  /** Code of the app. */
  | {
      readonly kind: "run";
      readonly body: StepBody;
      readonly input: readonly unknown[];
      /** The arguments, and what errors have besides what every error has, are for the app alone. */
      readonly isSecret?: boolean;
      /** It stands, in a test, for what the server does: middleware of the app has no part in it. */
      readonly isOfServer?: boolean;
    }
  /** Something the server does or waits for. */
  | {
      readonly kind: "report";
      readonly op: (base: OpBase, input: readonly unknown[]) => Op;
      /** What of it middleware may see and change. */
      readonly input?: readonly unknown[];
    };

export interface StepOptions {
  readonly id: string;
  /** What people see in place of the id. */
  readonly name?: string;
  /** `"race"`: what waits for the first of several steps goes on at once when this one settles. */
  readonly parallelMode?: "race" | "wait";
}

export type StepOptionsOrId = string | StepOptions;
