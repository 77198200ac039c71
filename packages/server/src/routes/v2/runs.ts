import { parseRunId } from "@stepwell/protocol";
import type { RunReport } from "@stepwell/store";
import { json, refusal } from "../../problem.ts";
import { type RouteRequest, route } from "../../route.ts";
import { listRunsV2, runParameters } from "./list-runs-v2.ts";
import { replyV2 } from "./reply-v2.ts";
import { runMessage } from "./run-message.ts";
import { traceMessage } from "./trace-message.ts";

/** `GET /v2/runs`. */
export const listAllRunsV2 = route({
  method: "GET",
  path: "/v2/runs",
  summary: "Runs",
  query: runParameters,
  access: "signing_key",
  errors: "list",
  handle: ({ engine, url }) => listRunsV2(engine, url),
});

/** `GET /v2/runs/:runId`. */
export const getRunV2 = route({
  method: "GET",
  path: "/v2/runs/:runId",
  summary: "One run",
  query: ["includeOutput"],
  access: "signing_key",
  errors: "list",
  async handle(request) {
    const run = await findRun(request);
    return run instanceof Response ? run : replyV2(runMessage(run, wantsOutput(request)), request.engine.now());
  },
});

/** `GET /v2/runs/:runId/trace`. */
export const getTraceV2 = route({
  method: "GET",
  path: "/v2/runs/:runId/trace",
  summary: "A run's steps as spans",
  query: ["includeOutput"],
  access: "signing_key",
  errors: "list",
  async handle(request) {
    const run = await findRun(request);
    if (run instanceof Response) return run;
    const { reports, now } = request.engine;
    const [steps, events, notes] = await Promise.all([reports.runSteps(run.id), reports.runEvents(run.id), reports.runMetadata(run.id)]);
    return replyV2(traceMessage({ run, steps, events, notes, includeOutput: wantsOutput(request) }), now());
  },
});

/** `POST /v2/runs/:runId/cancel`. */
export const cancelRunV2 = route({
  method: "POST",
  path: "/v2/runs/:runId/cancel",
  summary: "Cancel a run",
  access: "signing_key",
  errors: "list",
  async handle(request) {
    const run = await findRun(request);
    if (run instanceof Response) return run;
    const { engine } = request;
    const result = await engine.cancelRun({ runId: run.id, reason: "api" });
    switch (result.kind) {
      case "cancelled":
        return replyV2({ runId: run.id }, engine.now());
      case "already_ended": {
        const code = result.status === "cancelled" ? "run_already_cancelled" : "run_already_ended";
        return json(409, { errors: [{ code, message: `the run is ${result.status}; a run keeps its first end` }] });
      }
      case "not_found":
        return refusal("list", { code: "run_not_found", detail: `no run has the id ${run.id}` });
      default:
        return result satisfies never;
    }
  },
});

function wantsOutput({ url }: RouteRequest): boolean {
  return url.searchParams.get("includeOutput") === "true";
}

/** The run of the address. */
export async function findRun({ engine, params }: RouteRequest): Promise<RunReport | Response> {
  const runId = parseRunId(params["runId"] ?? "");
  if (runId === undefined) return refusal("list", { code: "invalid_run_id", detail: "a run id is a ULID" });
  return (await engine.reports.getRun(runId)) ?? refusal("list", { code: "run_not_found", detail: `no run has the id ${runId}` });
}
