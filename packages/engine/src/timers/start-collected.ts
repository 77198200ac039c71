import type { RunId } from "@stepwell/protocol";
import type { TimerRecord } from "@stepwell/store";
import { decideStartPending } from "../events/start-pending.ts";
import type { TimerHandlerParts } from "./timer-handlers.ts";

/**
 * The time of a debounce or a batch is over, or the batch is full: its run begins. Where the function was taken away
 * meanwhile the run waits for it, as any run does; one that an event has moved is due another time.
 */
export async function startCollected({ store, writer, now, entryOf, leaseTo }: TimerHandlerParts, timer: TimerRecord): Promise<void> {
  const pending = await store.pending.find(timer.subject as RunId);
  const entry = pending === undefined ? undefined : entryOf(pending.functionId);
  if (pending !== undefined && entry === undefined) throw new Error(`nobody knows the function of the pending run ${timer.subject}`);
  if (pending === undefined || entry === undefined)
    await writer.commit({ kind: "set_timer", timer: timer.kind, subject: timer.subject, expected: timer.dueAt });
  else {
    const wantsLease = leaseTo(pending.functionId) !== undefined;
    await writer.commit(decideStartPending(pending, entry, { timer, now: now(), holder: store.holder, wantsLease }));
  }
}
