import type { JsonText, StepId, StoreSeq } from "@stepwell/protocol";
import type { ClaimedItem, EventRecord, JournalEntry, Mark, RunState, StartRun } from "@stepwell/store";
import type { FunctionEntry, RunInHand, StepInHand } from "./run-in-hand.ts";

/** A run that was born leased: it has an event and nothing else yet. */
export function takeBorn(start: StartRun, runSeq: StoreSeq, entry: FunctionEntry, event: EventRecord, mark: Mark): RunInHand {
  return {
    runId: start.runId,
    runSeq,
    entry,
    queuedAt: event.receivedAt,
    events: [event],
    memos: new Map(),
    generation: 1,
    attempt: 0,
    leaseLosses: 0,
    version: -1,
    plan: false,
    emptyReplies: 0,
    solo: true,
    isStarted: false,
    calls: 0,
    leasedAt: event.receivedAt,
    isInCall: false,
    isEnded: false,
    abort: undefined,
    mark,
    ...(start.priorityMs === undefined ? {} : { priorityMs: start.priorityMs }),
    ...(start.origin === undefined ? {} : { origin: start.origin }),
  };
}

/** A claimed item with what the store knows of its run, read after the mark. */
export function takeClaimed(item: ClaimedItem, state: RunState, entry: FunctionEntry, mark: Mark): RunInHand {
  const { run, events, entries, otherItems } = state;
  const step =
    item.kind === "step" && item.itemSeq !== undefined && item.stepId !== undefined
      ? {
          itemId: item.itemId,
          itemSeq: item.itemSeq,
          stepId: item.stepId,
          race: item.race,
          ...(item.request === undefined ? {} : { request: item.request }),
        }
      : undefined;
  return {
    runId: run.id,
    runSeq: run.seq,
    entry,
    queuedAt: run.queuedAt,
    events,
    ...stepsOf(entries),
    ...(step === undefined ? {} : { step }),
    generation: item.generation,
    attempt: item.attempt,
    leaseLosses: item.leaseLosses,
    version: run.version,
    plan: run.plan,
    emptyReplies: run.emptyReplies,
    solo: step === undefined && otherItems === 0,
    isStarted: run.startedAt !== undefined,
    calls: 0,
    leasedAt: run.queuedAt,
    isInCall: false,
    isEnded: false,
    abort: undefined,
    mark,
    ...(run.priorityMs === undefined ? {} : { priorityMs: run.priorityMs }),
    ...(run.origin === undefined ? {} : { origin: run.origin }),
    ...(state.stepInput === undefined ? {} : { stepInput: state.stepInput }),
  };
}

/** A step that was planned leased, by a unit of this run. */
export function takePlanned(run: RunInHand, step: StepInHand): RunInHand {
  const { entry, queuedAt, events, version, plan, leasedAt, mark, origin, stepInput, priorityMs } = run;
  return {
    ...{ runId: run.runId, runSeq: run.runSeq, entry, queuedAt, events, step, version, plan, leasedAt, mark },
    memos: new Map(run.memos),
    ...(run.failedNames === undefined ? {} : { failedNames: new Map(run.failedNames) }),
    generation: 1,
    attempt: 0,
    leaseLosses: 0,
    emptyReplies: 0,
    solo: false,
    isStarted: true,
    calls: 0,
    isInCall: false,
    isEnded: false,
    abort: undefined,
    ...(priorityMs === undefined ? {} : { priorityMs }),
    ...(origin === undefined ? {} : { origin }),
    ...(stepInput === undefined ? {} : { stepInput }),
  };
}

/** The results, and which of them are failures. */
export function stepsOf(entries: readonly JournalEntry[]): Pick<RunInHand, "memos" | "failedNames"> {
  let failedNames: Map<StepId, string> | undefined;
  for (const { stepId, failedName } of entries) {
    if (failedName === undefined) continue;
    failedNames ??= new Map();
    failedNames.set(stepId, failedName);
  }
  return failedNames === undefined ? { memos: memosOf(entries) } : { memos: memosOf(entries), failedNames };
}

function memosOf(entries: readonly JournalEntry[]): Map<StepId, JsonText> {
  return new Map(entries.map(({ stepId, memo }) => [stepId, memo]));
}
