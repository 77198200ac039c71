// What timers and the ends of waits mean. Each reads what it is about, decides, and commits a unit that shows the due time
// it saw.

import { asJson, type EpochMs, isEnded, type JsonText, type RunId } from "@stepwell/protocol";
import type { HolderRef, Store, TimerRecord, UnitOutcome, WaitRecord } from "@stepwell/store";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import type { CancelParams } from "../waits/cancel-run.ts";
import type { BatchWriter } from "../writer/batch-writer.ts";
import { type DeadlineDecision, type DeadlineFacts, decideFinishDeadline, decideStartDeadline } from "./deadlines.ts";

export interface TimerHandlerParts {
  readonly store: Store;
  readonly writer: BatchWriter;
  readonly now: () => EpochMs;
  readonly entryOf: (functionId: FunctionEntry["record"]["id"]) => FunctionEntry | undefined;
  readonly cancel: (params: CancelParams) => Promise<UnitOutcome>;
  /** Who takes the lease of a run of this function that is woken; `undefined`: it queues. */
  readonly leaseTo: (functionId: FunctionEntry["record"]["id"]) => HolderRef | undefined;
  /** When the first call of a run in hand began. */
  readonly callBeganAt: (runId: RunId) => EpochMs | undefined;
}

const invokeTimeoutMemo = asJson({
  error: {
    name: "InngestInvokeTimeoutError",
    message: "Timed out waiting for invoked function to complete",
    error: "InngestInvokeTimeoutError: Timed out waiting for invoked function to complete",
    data: null,
  },
});

export function startDeadline(parts: TimerHandlerParts, timer: TimerRecord): Promise<void> {
  return deadline(parts, timer, "startMs", decideStartDeadline);
}

export function finishDeadline(parts: TimerHandlerParts, timer: TimerRecord): Promise<void> {
  return deadline(parts, timer, "finishMs", decideFinishDeadline);
}

/** A child that ends with its parent, or with its parent's wait. */
export async function cancelChild(parts: TimerHandlerParts, timer: TimerRecord): Promise<void> {
  const reason = timer.data === undefined ? "parent_ended" : String(JSON.parse(timer.data));
  await parts.cancel({ runId: timer.subject as RunId, reason, timer });
}

/** Nothing came: an event or a signal is null, an invoke has failed, a cancel rule has no effect any more. */
export async function endWait(parts: TimerHandlerParts, wait: WaitRecord): Promise<void> {
  if (wait.kind === "cancel") {
    await parts.writer.commit({ kind: "drop_wait", waitSeq: wait.seq });
    return;
  }
  const isInvoke = wait.kind === "invoke";
  const memo = isInvoke ? invokeTimeoutMemo : ("null" as JsonText);
  const holder = parts.leaseTo(wait.functionId);
  await parts.writer.commit({
    kind: "resolve_wait",
    waitSeq: wait.seq,
    endedAt: parts.now(),
    ...(holder === undefined ? {} : { holder }),
    result: { kind: "memo", memo, failed: isInvoke },
  });
}

async function deadline(
  parts: TimerHandlerParts,
  timer: TimerRecord,
  option: "startMs" | "finishMs",
  decide: (facts: DeadlineFacts) => DeadlineDecision,
): Promise<void> {
  const runId = timer.subject as RunId;
  const run = await parts.store.runs.find(runId);
  const entry = run === undefined ? undefined : parts.entryOf(run.functionId);
  const decision: DeadlineDecision =
    run === undefined || isEnded(run.status)
      ? { kind: "drop" }
      : decide({ run, limitMs: entry?.deadlines?.[option], callBeganAt: parts.callBeganAt(runId), now: parts.now() });
  if (decision.kind === "cancel") await parts.cancel({ runId, reason: decision.reason, timer });
  else
    await parts.writer.commit({
      kind: "set_timer",
      timer: timer.kind,
      subject: timer.subject,
      expected: timer.dueAt,
      ...(decision.kind === "later" ? { next: { dueAt: decision.dueAt } } : {}),
    });
}
