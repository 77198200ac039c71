import { type ItemId, limits, type Op, parseSleepTarget } from "@stepwell/protocol";
import { rankUnderWay } from "@stepwell/store";
import { failRun } from "./fail-run.ts";
import type { OpContext, OpDecision } from "./op-context.ts";
import { settleStep } from "./settle-step.ts";

/**
 * Lets the run go on when the sleep is over. A run that does nothing else sleeps as its own item; beside other things
 * under way a sleep has an item of its own. A sleep that is over at once costs no item at all.
 */
export function handleSleep(op: Extract<Op, { kind: "Sleep" }>, context: OpContext, newItemId: () => ItemId): OpDecision {
  const { run, now } = context;
  if (run.memos.has(op.id)) return { effects: [], means: { kind: "discover" } };
  const dueAt = parseSleepTarget(op.target, now);
  if (dueAt === undefined)
    return failRun(
      "invalid_duration",
      "InvalidDuration",
      `step "${op.name}" sleeps for "${op.target}", which is neither a duration nor a date; write "30s", "2h" or an ISO 8601 date`,
    );
  if (dueAt - now > limits.sleepMsMax)
    return failRun("sleep_too_long", "InngestErrTimeoutTooLong", `step "${op.name}" sleeps longer than 366 days (sleepMsMax)`);
  const isOwn = context.isAlone && run.solo && run.step === undefined;
  if (isOwn && dueAt <= now) return settleStep(op, context, { memo: "null" as import("@stepwell/protocol").JsonText, failed: false });

  const effect = {
    kind: "begin_sleep",
    stepId: op.id,
    ...(isOwn ? {} : { itemId: newItemId() }),
    name: op.name,
    race: op.race,
    dueAt,
    startedAt: now,
    rank: rankUnderWay(run.queuedAt, run.priorityMs),
  } as const;
  return { effects: [effect], means: isOwn ? { kind: "sleep", stepId: op.id, dueAt } : { kind: "wait" } };
}
