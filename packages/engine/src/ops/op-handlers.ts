import type { ItemId, Op } from "@stepwell/protocol";
import { handleDefer } from "./defer.ts";
import { handleGateway } from "./gateway.ts";
import { handleInvokeFunction } from "./invoke-function.ts";
import { refuseOp } from "./not-supported.ts";
import type { OpContext, OpDecision } from "./op-context.ts";
import { handleRunComplete } from "./run-complete.ts";
import { handleSleep } from "./sleep.ts";
import { handleStepCancel } from "./step-cancel.ts";
import { handleStepError } from "./step-error.ts";
import { handleStepFailed } from "./step-failed.ts";
import { handleStepPlanned } from "./step-planned.ts";
import { handleStep, handleStepRun } from "./step-run.ts";
import { handleWaitForEvent } from "./wait-for-event.ts";
import { handleWaitForSignal } from "./wait-for-signal.ts";

const nothing: OpDecision = { effects: [], means: { kind: "nothing" } };
const goOn: OpDecision = { effects: [], means: { kind: "discover" } };

type OpHandlers = {
  readonly [Kind in Op["kind"]]: (op: Extract<Op, { kind: Kind }>, context: OpContext, newItemId: () => ItemId) => OpDecision;
};

/** One handler for each op; a new op does not compile until it has one. */
const opHandlers: OpHandlers = {
  AIGateway: handleGateway,
  DeferAbort: handleDefer,
  DeferAdd: handleDefer,
  DiscoveryRequest: () => goOn,
  Gateway: handleGateway,
  InvokeFunction: handleInvokeFunction,
  None: () => nothing,
  RunComplete: handleRunComplete,
  Sleep: handleSleep,
  Step: handleStep,
  StepCancel: handleStepCancel,
  StepError: handleStepError,
  StepFailed: handleStepFailed,
  StepPlanned: handleStepPlanned,
  StepRun: handleStepRun,
  SyncRunComplete: refuseOp,
  WaitForEvent: handleWaitForEvent,
  WaitForSignal: handleWaitForSignal,
};

export function handleOp(op: Op, context: OpContext, newItemId: () => ItemId): OpDecision {
  // The table's type says that each kind has the handler of its kind; TypeScript cannot follow that through a look-up.
  const handler = opHandlers[op.kind] as (op: Op, context: OpContext, newItemId: () => ItemId) => OpDecision;
  return handler(op, context, newItemId);
}
