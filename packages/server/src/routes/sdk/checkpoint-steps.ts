import { type ErrorCode, limits, parseCheckpoint } from "@stepwell/protocol";
import { notUtf8, notUtf8Message, readText, tooLong } from "../../body.ts";
import { envelopeError } from "../../problem.ts";
import { route } from "../../route.ts";

/**
 * `POST /v1/checkpoint/:runId/async`: an SDK saves finished steps in the middle of a call. 409 tells it to stop: the
 * run has ended, or a later call of it is under way.
 */
export const checkpointSteps = route({
  method: "POST",
  path: "/v1/checkpoint/:runId/async",
  summary: "Save finished steps in the middle of a call",
  access: "signing_key",
  errors: "envelope",
  async handle({ engine, request, params }) {
    const text = await readText(request, limits.checkpointBodyBytesMax);
    if (text === tooLong)
      return refuse(
        413,
        "body_too_large",
        `the checkpoint is over ${limits.checkpointBodyBytesMax} bytes (checkpointBodyBytesMax)`,
        params["runId"],
      );
    if (text === notUtf8) return refuse(400, "invalid_json", notUtf8Message, params["runId"]);
    const parsed = parseCheckpoint(text, params["runId"] ?? "");
    if (parsed.kind === "refused") return refuse(parsed.status, parsed.code, parsed.message, parsed.runId);
    const { runId, itemId, generation, ops } = parsed;
    const result = await engine.checkpoint({ runId, itemId, generation, ops });
    switch (result.kind) {
      case "saved":
        return new Response(null, { status: 200, headers: { "content-type": "application/json" } });
      case "run_ended":
        return refuse(409, "run_already_ended", `the run is ${result.status}; nothing more of it is saved`, runId);
      case "stale":
        return refuse(
          409,
          "stale_checkpoint",
          "a later call of this run is under way, or its lease was lost; stop working on this one",
          runId,
        );
      case "not_found":
        return refuse(400, "run_not_found", "there is no such run", runId);
      case "too_large":
        return refuse(413, "state_too_large", result.message, runId);
      default:
        return result satisfies never;
    }
  },
});

function refuse(status: number, code: ErrorCode, detail: string, runId: string | undefined): Response {
  return envelopeError({ status, code, detail, data: runId === undefined ? null : { run_id: runId } });
}
