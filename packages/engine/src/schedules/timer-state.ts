import { asJson, type EpochMs, isObject, type JsonText, parseJson, type RunId } from "@stepwell/protocol";

/** What the timer of a schedule remembers. */
export interface TimerState {
  /** The last moment that was handled; of a new schedule, when it became known. */
  readonly lastScheduledAt: EpochMs;
  /** The run of the last tick that started one. */
  readonly lastRunId?: RunId;
}

export function writeTimerState(state: TimerState): JsonText {
  return asJson(state);
}

/** `undefined` when the text is not what `writeTimerState` wrote: the schedule then begins anew. */
export function readTimerState(data: JsonText | undefined): TimerState | undefined {
  const value = data === undefined ? undefined : parseJson(data);
  if (!isObject(value) || typeof value["lastScheduledAt"] !== "number") return undefined;
  const { lastScheduledAt, lastRunId } = value;
  return { lastScheduledAt: lastScheduledAt as EpochMs, ...(typeof lastRunId === "string" ? { lastRunId: lastRunId as RunId } : {}) };
}
