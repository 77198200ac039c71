import { isObject, parseJson, systemEvents } from "@stepwell/protocol";
import type { RunReport } from "@stepwell/store";
import type { QueryReads } from "./query-reads.ts";

/** The schedule that started the run. */
export async function runCron(run: RunReport, reads: QueryReads): Promise<string | null> {
  if (run.eventName !== systemEvents.scheduled) return null;
  const [event] = await reads.ask("runEvents", run.id);
  const data = event === undefined ? undefined : parseJson(event.data);
  return isObject(data) && typeof data["cron"] === "string" ? data["cron"] : null;
}
