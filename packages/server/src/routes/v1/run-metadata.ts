import { parseRunId } from "@stepwell/protocol";
import { envelopeError } from "../../problem.ts";
import { route } from "../../route.ts";
import { metadataBody, readMetadataBody } from "../run-metadata.ts";

/** `POST /v1/runs/:runId/metadata`. A run that is not there (any more) is no mistake of the sender's. */
export const setMetadataV1 = route({
  method: "POST",
  path: "/v1/runs/:runId/metadata",
  summary: "Note something about a run, a step or an attempt",
  body: metadataBody,
  access: "signing_key",
  errors: "envelope",
  async handle({ engine, params, request }) {
    const runId = parseRunId(params["runId"] ?? "");
    if (runId === undefined) return envelopeError({ code: "invalid_run_id", detail: `Invalid run ID: ${params["runId"]}` });
    const entry = await readMetadataBody(request, "envelope");
    if (entry instanceof Response) return entry;
    const result = await engine.setMetadata({ runId, entries: [entry] });
    if (result.kind === "too_large")
      return envelopeError({ code: "metadata_too_large", detail: `it would be more than may be noted (${result.limit})` });
    return new Response(null, { status: 200, headers: { "content-type": "application/json" } });
  },
});
