import {
  eventMapJson,
  headerNames,
  isEnded,
  memoWithoutTypes,
  ownSdkPrefix,
  parseRunId,
  pendingInput,
  type RunId,
} from "@stepwell/protocol";
import { envelopeError } from "../../problem.ts";
import { type RouteRequest, route } from "../../route.ts";

/** `GET /v0/runs/:runId/batch`: the events of a run, for an SDK that was told to fetch them. */
export const runBatch = route({
  method: "GET",
  path: "/v0/runs/:runId/batch",
  summary: "The events of a run",
  access: "signing_key",
  errors: "envelope",
  async handle(request) {
    const runId = await liveRun(request);
    if (runId instanceof Response) return runId;
    const events = await request.engine.reports.runEvents(runId);
    return text(`[${events.map((event) => eventMapJson({ ...event, id: event.externalId ?? event.id })).join(",")}]`);
  },
});

/** `GET /v0/runs/:runId/actions`: its results, in the order in which its steps settled. */
export const runActions = route({
  method: "GET",
  path: "/v0/runs/:runId/actions",
  summary: "The results of a run",
  access: "signing_key",
  errors: "envelope",
  async handle(request) {
    const runId = await liveRun(request);
    if (runId instanceof Response) return runId;
    const { reports } = request.engine;
    const isOwnSdk = request.request.headers.get(headerNames.sdk)?.startsWith(ownSdkPrefix) === true;
    const [steps, run] = await Promise.all([reports.runSteps(runId), reports.getRun(runId)]);
    const { fromStep, input } = run?.rerun ?? {};
    // As calls have it: only the one that runs the step, which is planned by then.
    const isPending = steps.some(({ stepId, state }) => stepId === fromStep && state === "planned");
    const inputs = isPending && input !== undefined ? [`${JSON.stringify(fromStep)}:${pendingInput(input)}`] : [];
    const members = steps.flatMap(({ stepId, ord, memo }) =>
      ord === undefined || memo === undefined ? [] : [`${JSON.stringify(stepId)}:${isOwnSdk ? memo : memoWithoutTypes(memo)}`],
    );
    return text(`{${[...members, ...inputs].join(",")}}`);
  },
});

/** `DELETE /v0/runs/:runId` and `DELETE /v1/runs/:runId` cancel a run; one that has ended stays as it is. */
export const cancelRunV0 = route({
  method: "DELETE",
  path: "/v0/runs/:runId",
  summary: "Cancel a run",
  access: "signing_key",
  errors: "envelope",
  handle: (request) => cancel(request, 204),
});
export const cancelRunV1 = route({
  method: "DELETE",
  path: "/v1/runs/:runId",
  summary: "Cancel a run",
  access: "signing_key",
  errors: "envelope",
  handle: (request) => cancel(request, 200),
});

async function cancel({ engine, params }: RouteRequest, status: number): Promise<Response> {
  const runId = parseRunId(params["runId"] ?? "");
  if (runId === undefined) return envelopeError({ code: "invalid_run_id", detail: "the run id is not a ULID" });
  const result = await engine.cancelRun({ runId, reason: "api" });
  return result.kind === "not_found"
    ? envelopeError({ code: "run_not_found", detail: "there is no such run" })
    : new Response(null, { status, ...(status === 204 ? {} : { headers: { "content-type": "application/json" } }) });
}

async function liveRun({ engine, params }: RouteRequest): Promise<RunId | Response> {
  const runId = parseRunId(params["runId"] ?? "");
  if (runId === undefined) return envelopeError({ code: "invalid_run_id", detail: "the run id is not a ULID" });
  const run = await engine.reports.getRun(runId);
  if (run === undefined || isEnded(run.status))
    return envelopeError({ code: "state_gone", detail: `runtime state is no longer available for runID: ${runId}` });
  return runId;
}

function text(body: string): Response {
  return new Response(body, { status: 200, headers: { "content-type": "application/json" } });
}
