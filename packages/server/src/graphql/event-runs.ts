import type { RunReport, StoredEvent } from "@stepwell/store";
import type { QueryReads } from "./query-reads.ts";

/** The runs an event started. */
export async function eventRuns(event: StoredEvent, reads: QueryReads): Promise<readonly RunReport[]> {
  return reads.take(await reads.ask("eventRuns", event.id));
}
