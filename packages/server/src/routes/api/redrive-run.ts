import { nullish, picklist, strictObject } from "valibot";
import { json, problem } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { route } from "../../route.ts";
import { rerunRefusal } from "../rerun-refusal.ts";
import { findRun } from "./runs.ts";

const body = strictObject({ mode: nullish(picklist(["rerun", "resume"])) });

/** `POST /api/v1/runs/:runId/redrive`: repeats a failed run, once: from where it failed, or from its beginning. */
export const redriveRun = route({
  method: "POST",
  path: "/api/v1/runs/:runId/redrive",
  summary: "Repeat a failed run that was not repeated before, from where it failed or from its beginning",
  body,
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const run = await findRun(request);
    if (run instanceof Response) return run;
    const read = await readBody(request.request, body, { errors: "problem", isOptional: true });
    if (read instanceof Response) return read;
    if (run.status !== "failed")
      return problem({ code: "run_not_failed", detail: `the run is ${run.status}; only a run that failed is redriven` });
    const resume = read.value.mode !== "rerun";
    const result = await request.engine.rerun({ runId: run.id, once: true, resume });
    return result.kind === "started" ? json(200, { data: { runId: result.runId } }) : problem(rerunRefusal(result, run.id));
  },
});
