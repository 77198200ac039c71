import { parseJson } from "@stepwell/protocol";
import type { MetadataReport } from "@stepwell/store";
import { json, problem } from "../../problem.ts";
import { route } from "../../route.ts";
import { metadataScope } from "../metadata-scope.ts";
import { metadataBody, readMetadataBody } from "../run-metadata.ts";
import { iso } from "./run-view.ts";
import { findRun } from "./runs.ts";

/** `GET /api/v1/runs/:runId/metadata`. */
export const getMetadata = route({
  method: "GET",
  path: "/api/v1/runs/:runId/metadata",
  summary: "What is noted about a run, its steps and their attempts",
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const run = await findRun(request);
    if (run instanceof Response) return run;
    return json(200, { data: (await request.engine.reports.runMetadata(run.id)).map(noteView) });
  },
});

/** `POST /api/v1/runs/:runId/metadata`, of the same form as the compatible API's. */
export const setMetadata = route({
  method: "POST",
  path: "/api/v1/runs/:runId/metadata",
  summary: "Note something about a run, a step or an attempt",
  body: metadataBody,
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const run = await findRun(request);
    if (run instanceof Response) return run;
    const entry = await readMetadataBody(request.request, "problem");
    if (entry instanceof Response) return entry;
    const result = await request.engine.setMetadata({ runId: run.id, entries: [entry] });
    switch (result.kind) {
      case "set":
        return json(200, { data: { runId: run.id } });
      case "not_found":
        return problem({ code: "run_not_found", detail: `no run has the id ${run.id}` });
      case "too_large":
        return problem({ code: "metadata_too_large", detail: `it would be more than may be noted (${result.limit})` });
      default:
        return result satisfies never;
    }
  },
});

function noteView(note: MetadataReport): Record<string, unknown> {
  return {
    scope: metadataScope(note),
    stepId: note.stepId ?? null,
    attempt: note.attempt ?? null,
    spanId: note.spanId ?? null,
    kind: note.kind,
    values: parseJson(note.values),
    updatedAt: iso(note.updatedAt),
  };
}
