// How a call reaches an app.

import type { FunctionUuid, ItemId, JsonText, Reply, RunId, StepId } from "@stepwell/protocol";
import type { EventRecord, StepInput } from "@stepwell/store";

/** Whom a call is for. */
export interface CallTarget {
  readonly slug: string;
  readonly uuid: FunctionUuid;
  readonly url: string;
  readonly appName: string;
  /** What the app's SDK calls itself, e.g. `inngest-js:v4.24.0`. */
  readonly sdk: string;
}

/** One call, complete. Payloads are JSON text; nobody on the way needs to parse them. */
export interface Call {
  readonly target: CallTarget;
  readonly runId: RunId;
  /** Of the run's own item: the run's id. */
  readonly itemId: ItemId | RunId;
  /** Tells this call from every other of the item; travels in `qi_id` and comes back with checkpoints. */
  readonly generation: number;
  readonly requestId: string;
  /** From 0. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** A targeted call runs this step and no other; absent: a discovery. */
  readonly stepId?: StepId;
  /** -1 until the SDK has said which. */
  readonly version: number;
  /** The SDK must report a new step instead of running it. */
  readonly plan: boolean;
  readonly events: readonly EventRecord[];
  /** Results of settled steps, in the order in which they settled. */
  readonly memos: ReadonlyMap<StepId, JsonText>;
  /** What a step that has no result yet is to be called with, instead of the arguments that the function gives it. */
  readonly stepInput?: StepInput;
  /** The run repeats another: it remembers what it was given, wherever its code comes to that. */
  readonly isRerun?: true;
}

/** What chaos did to a call on its way. Of a real network nobody tells. */
export type FaultKind = "doubled" | "reply_lost" | "refused" | "delayed" | "reordered";

export interface InjectedFault {
  readonly kind: FaultKind;
  /** The step that ran in the call, as far as the reply told before it was lost. */
  readonly stepId?: StepId;
  readonly stepName?: string;
}

export type CallReply = Reply & { readonly injected?: InjectedFault };

export interface Transport {
  /** True: user code runs in this process, so a lost holder may have been killed by it. */
  readonly inProcess: boolean;
  /** Whether calls of it can be made from here at all; where they cannot, its runs wait. Absent: they always can. */
  reaches?(target: CallTarget): boolean;
  /** Makes the call. Whatever goes wrong on the way is a reply of kind `error`; it throws only for mistakes of ours. */
  call(call: Call, signal: AbortSignal | undefined): Promise<CallReply>;
}
