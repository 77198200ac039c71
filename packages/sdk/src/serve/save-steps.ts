import type { StepRunOp } from "@stepwell/protocol";
import { type ApiClient, askApi } from "../client/api-request.ts";
import { encodeOp } from "../wire/encode-op.ts";
import type { HttpCall } from "./read-call.ts";

const triesMax = 5;
const firstPauseMs = 100;

/** Saves finished steps while the call goes on. */
export async function saveSteps(
  api: ApiClient,
  call: HttpCall,
  ops: readonly StepRunOp[],
  startedAt: number,
): Promise<"saved" | "stale" | "failed"> {
  const { request, functionUuid, queueItemId, requestId, generation } = call;
  const about = JSON.stringify({
    run_id: request.runId,
    fn_id: functionUuid,
    qi_id: queueItemId,
    request_id: requestId,
    generation_id: generation,
    request_started_at: startedAt,
    ts: Date.now(),
  });
  const body = `${about.slice(0, -1)},"steps":[${ops.map(encodeOp).join(",")}]}`;
  for (let tries = 1; tries <= triesMax; tries += 1) {
    const response = await askApi(api, { method: "POST", path: `v1/checkpoint/${request.runId}/async`, body }).catch(() => undefined);
    if (response?.ok === true) return "saved";
    if (response?.status === 409) return "stale";
    // What was understood and refused is refused again; the reply of the call brings the steps instead.
    if (response !== undefined && response.status < 500) return "failed";
    await new Promise((resolve) => setTimeout(resolve, firstPauseMs * 2 ** (tries - 1)));
  }
  return "failed";
}
