import type { EpochMs } from "@stepwell/protocol";
import { itemIdOf, type RunInHand } from "../runs/run-in-hand.ts";
import { newId } from "../seams/random.ts";
import type { Call, CallReply } from "../seams/transport.ts";
import type { Workshop } from "./workshop.ts";

/** Makes a call of the run in hand; `more` says in what it differs from what its item stands for. */
export function callApp(workshop: Workshop, run: RunInHand, sentAt: EpochMs, more?: Partial<Call>): Promise<CallReply> {
  workshop.totals.callsMade += 1;
  run.abort = workshop.transport.inProcess ? undefined : new AbortController();
  try {
    const call = callOf(workshop, run, sentAt);
    return workshop.transport.call(more === undefined ? call : { ...call, ...more }, run.abort?.signal).catch(broken);
  } catch (error) {
    return Promise.resolve(broken(error));
  }
}

/** A transport answers; one that throws is broken, and the run should not be lost with it. */
function broken(error: unknown): CallReply {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "error", code: "function_error", error: { name: "TransportError", message }, noRetry: false };
}

function callOf(workshop: Workshop, run: RunInHand, sentAt: EpochMs): Call {
  return {
    target: run.entry.target,
    runId: run.runId,
    itemId: itemIdOf(run),
    generation: run.generation,
    requestId: newId(sentAt, workshop.random),
    attempt: run.attempt,
    maxAttempts: run.entry.maxAttempts,
    // A step that is a request of the server's has no code to be called.
    ...(run.step === undefined || run.step.request !== undefined ? {} : { stepId: run.step.stepId }),
    version: run.version,
    plan: run.step === undefined ? run.plan || isInputPending(run) : true,
    events: run.events,
    memos: run.memos,
    // With a discovery it would be taken for a result that is nothing, by inngest@4 when it saves steps as it goes: the step
    // is planned first, as it is, and gets its arguments with the call that runs it.
    ...(run.stepInput !== undefined && run.step?.stepId === run.stepInput.stepId ? { stepInput: run.stepInput } : {}),
    ...(run.origin === "rerun" ? { isRerun: true } : {}),
  };
}

/** Until the step has its result, whoever discovers it must not run it. */
function isInputPending({ stepInput, memos }: RunInHand): boolean {
  return stepInput !== undefined && !memos.has(stepInput.stepId);
}
