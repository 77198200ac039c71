/** Events the server itself sends; nobody else may use these names. */
export const systemEvents = {
  finished: "inngest/function.finished",
  failed: "inngest/function.failed",
  cancelled: "inngest/function.cancelled",
  invoked: "inngest/function.invoked",
  scheduled: "inngest/scheduled.timer",
} as const;

const ends: ReadonlySet<string> = new Set([systemEvents.finished, systemEvents.failed, systemEvents.cancelled]);

/** Whether the event tells of a run's end: it may follow from the run instead of being stored. */
export function isEndEventName(name: string): boolean {
  return ends.has(name);
}
