import { isObject, type JsonText, parseJson, parseRunError, type RunStatus } from "@stepwell/protocol";
import type { RunReport } from "@stepwell/store";
import { message } from "./message.ts";

/** Five statuses; what is none of them is the first. */
export const v2Spelling: Readonly<Record<RunStatus, string>> = {
  queued: "QUEUED",
  running: "RUNNING",
  completed: "COMPLETED",
  failed: "FAILED",
  cancelled: "CANCELLED",
  skipped: "QUEUED",
};

/** A run in the words of the second version. */
export function runMessage(run: RunReport, includeOutput: boolean): Readonly<Record<string, unknown>> {
  const app = { id: run.appName };
  return message({
    id: run.id,
    function: message({ id: localId(run.functionSlug, run.appName), name: run.functionName, app }),
    app,
    status: v2Spelling[run.status],
    queuedAt: instant(run.queuedAt),
    startedAt: instant(run.startedAt),
    endedAt: instant(run.endedAt),
    durationMs: run.endedAt === undefined ? undefined : String(run.endedAt - (run.startedAt ?? run.queuedAt)),
    output: includeOutput ? outputOf(run) : undefined,
    trigger: message({
      eventIds: run.eventId === undefined ? [] : [run.eventId],
      eventName: run.eventName,
      isBatch: run.eventCount > 1,
      batchId: run.eventCount > 1 ? run.id : undefined,
      cronSchedule: run.cron,
    }),
  });
}

/** The SDK's own id of a function, without the app's. */
export function localId(slug: string, appName: string): string {
  return slug.startsWith(`${appName}-`) ? slug.slice(appName.length + 1) : slug;
}

export function instant(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

export function outputOf(run: RunReport): object | undefined {
  if (run.error === undefined) return run.output === undefined ? undefined : struct(run.output);
  const { cause, code: _, ...error } = parseRunError(run.error);
  return { ...error, ...(cause === undefined ? {} : { cause: parseJson(cause) }) };
}

/** Protobuf's `Struct` is an object; what is none stands in one, under `data`. */
export function struct(text: JsonText): object {
  const value = parseJson(text);
  return isObject(value) ? value : { data: value ?? null };
}
