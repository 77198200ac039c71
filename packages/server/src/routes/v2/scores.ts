import { hashStepId, limits, type MetadataUpdate, type StepId, wrongScoreName } from "@stepwell/protocol";
import type { MetadataEntry } from "@stepwell/store";
import {
  array,
  boolean,
  check,
  finite,
  type InferOutput,
  maxLength,
  minLength,
  nullish,
  number,
  object,
  pipe,
  string,
  union,
} from "valibot";
import { refusal } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { route } from "../../route.ts";
import { replyV2 } from "./reply-v2.ts";
import { findRun } from "./runs.ts";

const score = object({
  name: pipe(
    string(),
    check(
      (name) => wrongScoreName(name) === undefined,
      ({ input }) => wrongScoreName(String(input)) ?? "not a name",
    ),
  ),
  value: union([pipe(number(), finite("a finite number, true or false")), boolean()], "a finite number, true or false"),
  stepId: nullish(string()),
  experiment: nullish(object({ id: pipe(string(), minLength(1)), variant: string() })),
});
const body = pipe(
  array(score),
  minLength(1, "at least one score"),
  maxLength(limits.metadataPerRequestMax, `at most ${limits.metadataPerRequestMax} scores (metadataPerRequestMax)`),
);

/** `POST /v2/runs/:runId/scores`: a list of scores is the body itself. */
export const addScoresV2 = route({
  method: "POST",
  path: "/v2/runs/:runId/scores",
  summary: "Score a run or its steps",
  body,
  access: "signing_key",
  errors: "list",
  async handle(request) {
    const run = await findRun(request);
    if (run instanceof Response) return run;
    const read = await readBody(request.request, body, { errors: "list", isList: true });
    if (read instanceof Response) return read;
    const { engine } = request;
    const result = await engine.setMetadata({ runId: run.id, entries: read.value.map(entryOf) });
    switch (result.kind) {
      case "set":
        return replyV2(
          read.value.map(({ name, value, stepId, experiment }) => ({
            ...{ runId: run.id, name, value },
            ...(stepId ? { stepId } : {}),
            ...(experiment ? { experiment } : {}),
          })),
          engine.now(),
        );
      case "not_found":
        return refusal("list", { code: "run_not_found", detail: `no run has the id ${run.id}` });
      case "too_large":
        return refusal("list", { code: "metadata_too_large", detail: `it would be more than may be noted (${result.limit})` });
      default:
        return result satisfies never;
    }
  },
});

/** As the SDKs write it: a score is a note of its kind, and of which experiment it is another one. */
function entryOf({ name, value, stepId, experiment }: InferOutput<typeof score>): MetadataEntry {
  const updates: readonly MetadataUpdate[] = [
    ...(experiment
      ? [{ kind: "inngest.experiment", op: "merge", values: { name: experiment.id, variant: experiment.variant } } as const]
      : []),
    { kind: "inngest.score", op: "merge", values: { [name]: { value } } },
  ];
  return { target: stepId ? { stepId: /^[0-9a-f]{40}$/.test(stepId) ? (stepId as StepId) : hashStepId(stepId) } : {}, updates };
}
