import { functionUuid, parseJson, parseRunError, v1Spelling } from "@stepwell/protocol";
import type { RunReport } from "@stepwell/store";
import { noUuid } from "./no-uuid.ts";

/** A run in the compatible API's words: only the stored statuses, the error of a failed run as its output. */
export function runV1(run: RunReport): unknown {
  const output = outputOf(run);
  return {
    run_id: run.id,
    run_started_at: new Date(run.startedAt ?? run.queuedAt).toISOString(),
    function_id: functionUuid(run.environmentId, run.functionSlug),
    function_version: 0,
    environment_id: noUuid,
    event_id: run.eventId ?? null,
    // A batch has no id of its own: it is the run that it became.
    ...(run.eventCount > 1 ? { batch_id: run.id } : {}),
    ...(run.rerun === undefined ? {} : { original_run_id: run.rerun.first }),
    ...(run.cron === undefined ? {} : { cron: run.cron }),
    status: v1Spelling[run.status],
    ended_at: run.endedAt === undefined ? null : new Date(run.endedAt).toISOString(),
    ...(output === undefined ? {} : { output }),
  };
}

/** What the run gave: nothing before its end, its error when it failed, an empty object when it was cancelled. */
function outputOf(run: RunReport): unknown {
  if (run.status === "cancelled") return {};
  if (run.error !== undefined) return errorOf(run.error);
  return run.output === undefined ? undefined : parseJson(run.output);
}

function errorOf(json: NonNullable<RunReport["error"]>): unknown {
  const { cause, code: _, ...error } = parseRunError(json);
  return { ...error, ...(cause === undefined ? {} : { cause: parseJson(cause) }) };
}
