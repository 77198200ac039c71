import { json, problem } from "../../problem.ts";
import { route } from "../../route.ts";
import { stepDetail } from "./run-view.ts";
import { findRun } from "./runs.ts";

/** `GET /api/v1/runs/:runId/steps/:stepId`: one step, by its hashed id or by the name that only it has. */
export const getStep = route({
  method: "GET",
  path: "/api/v1/runs/:runId/steps/:stepId",
  summary: "A step of a run, with its arguments and its result",
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const run = await findRun(request);
    if (run instanceof Response) return run;
    const { reports } = request.engine;
    const [steps, attempts] = await Promise.all([reports.runSteps(run.id), reports.runAttempts(run.id)]);
    const asked = request.params["stepId"] ?? "";
    const named = steps.filter(({ name }) => name === asked);
    const step = steps.find(({ stepId }) => stepId === asked) ?? (named.length === 1 ? named[0] : undefined);
    if (step !== undefined) return json(200, { data: stepDetail(run, step, attempts) });
    const detail = `run ${run.id} has ${named.length === 0 ? "no step" : `${named.length} steps`} "${asked}"`;
    return problem({ code: "not_found", detail: `${detail}; its trace has the id of each` });
  },
});
