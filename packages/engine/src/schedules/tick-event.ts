import { epochMs, type IncomingEvent, type RunId, systemEvents } from "@stepwell/protocol";
import type { SkippedTicks, Tick } from "./decide-tick.ts";

/** A run for one tick. */
export interface TickStart {
  readonly event: IncomingEvent;
  readonly runId: RunId;
  readonly dedupeKey: string;
}

/** The event of the last of several ticks that start nothing, with the reason that is recorded. */
export interface SkippedEvent {
  readonly event: IncomingEvent;
  readonly reason: SkippedTicks["reason"];
  readonly detail: string;
}

/** What a tick starts its run with. Only the server sends events of this name, and only to the function whose tick it is. */
export function tickEvent(cron: string, { scheduledAt, fireAt }: Tick): IncomingEvent {
  return {
    name: systemEvents.scheduled,
    externalId: rfc3339(scheduledAt),
    ts: epochMs(fireAt),
    data: { cron, scheduledAt: rfc3339(scheduledAt), fireAt: rfc3339(fireAt) },
  };
}

/**
 * At most one run for each expression of a function and each moment. The event's id alone would not do: two expressions that
 * meet at one moment are two ticks, with two runs.
 */
export function tickDedupeKey(cron: string, { scheduledAt }: Tick): string {
  return `cron ${cron} ${rfc3339(scheduledAt)}`;
}

/** Whole seconds without a fraction, as other servers write them. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}
