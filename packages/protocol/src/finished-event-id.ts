import type { EpochMs, EventId, RunId } from "./ids.ts";
import { sha1Bytes } from "./sha1.ts";
import { encodeUlid } from "./ulid.ts";

/** Of the event that tells of a run's end, whatever the end: the same however often it is made. */
export function finishedEventId(runId: RunId, endedAt: EpochMs): EventId {
  return encodeUlid(endedAt, sha1Bytes(new TextEncoder().encode(`finished ${runId}`)).subarray(0, 10)) as EventId;
}
