import { asJson, limits, parseRunId } from "@stepwell/protocol";
import { array, minLength, nullish, object, pipe, string, unknown } from "valibot";
import { refusal } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { route } from "../../route.ts";
import { rerunRefusal } from "../rerun-refusal.ts";
import { replyV2 } from "./reply-v2.ts";

const stepName = pipe(string(), minLength(1, "the id of a step, or its name"));
const body = object({ fromStep: nullish(object({ stepId: stepName, input: nullish(array(unknown())) })) });

/** `POST /v2/runs/:runId/rerun`. */
export const rerunRunV2 = route({
  method: "POST",
  path: "/v2/runs/:runId/rerun",
  summary: "Repeat a run, from its beginning or from one of its steps",
  body,
  access: "signing_key",
  errors: "list",
  async handle({ engine, params, request }) {
    const runId = parseRunId(params["runId"] ?? "");
    if (runId === undefined) return refusal("list", { code: "invalid_run_id", detail: "a run id is a ULID" });
    const read = await readBody(request, body, { errors: "list", bytesMax: limits.stepOutputBytesMax, isOptional: true });
    if (read instanceof Response) return read;
    const { stepId, input } = read.value.fromStep ?? {};
    const from =
      stepId === undefined ? {} : { from: { step: stepId, ...(input === undefined || input === null ? {} : { input: asJson(input) }) } };
    const result = await engine.rerun({ runId, ...from });
    return result.kind === "started" ? replyV2({ runId: result.runId }, engine.now()) : refusal("list", rerunRefusal(result, runId));
  },
});
