import { asJson, limits } from "@stepwell/protocol";
import { array, maxLength, minLength, nullish, pipe, record, strictObject, string, unknown } from "valibot";
import { json, problem } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { route } from "../../route.ts";
import { rerunRefusal } from "../rerun-refusal.ts";
import { findRun } from "./runs.ts";

const stepName = pipe(string(), minLength(1, "the id of a step, or its name"));
const body = strictObject({
  fromStep: nullish(stepName),
  input: nullish(array(unknown())),
  overrides: nullish(record(stepName, strictObject({ output: unknown() }))),
  runAgain: nullish(array(stepName)),
  name: nullish(
    pipe(string(), maxLength(limits.rerunNameLengthMax, `at most ${limits.rerunNameLengthMax} characters (rerunNameLengthMax)`)),
  ),
});

/** `POST /api/v1/runs/:runId/rerun`: a new run of the same function with the same events, from the beginning or from a step on. */
export const rerunRun = route({
  method: "POST",
  path: "/api/v1/runs/:runId/rerun",
  summary: "Repeat a run, from its beginning or from one of its steps",
  body,
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const run = await findRun(request);
    if (run instanceof Response) return run;
    const read = await readBody(request.request, body, { errors: "problem", bytesMax: limits.stepOutputBytesMax, isOptional: true });
    if (read instanceof Response) return read;
    const { fromStep, input, overrides, runAgain, name } = read.value;
    if (fromStep === undefined || fromStep === null) {
      const of = Object.entries({ input, overrides, runAgain }).find(([, value]) => value !== undefined && value !== null)?.[0];
      if (of !== undefined)
        return problem({
          code: "invalid_request",
          detail: `${of} belongs to a rerun from a step, and fromStep is missing`,
          fields: [{ path: of, message: "without fromStep" }],
        });
    }
    const from =
      fromStep === undefined || fromStep === null
        ? undefined
        : {
            step: fromStep,
            ...(input === undefined || input === null ? {} : { input: asJson(input) }),
            overrides: new Map(Object.entries(overrides ?? {}).map(([step, { output }]) => [step, asJson(output ?? null)])),
            runAgain: runAgain ?? [],
          };
    const result = await request.engine.rerun({
      runId: run.id,
      ...(from === undefined ? {} : { from }),
      ...(name === undefined || name === null || name === "" ? {} : { name }),
    });
    return result.kind === "started" ? json(200, { data: { runId: result.runId } }) : problem(rerunRefusal(result, run.id));
  },
});
