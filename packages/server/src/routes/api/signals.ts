import { asJson, limits } from "@stepwell/protocol";
import { json } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { route } from "../../route.ts";
import { signalBody } from "../signal-body.ts";

/** `POST /api/v1/signals`: wakes the run that waits for it, or is kept for the first that will. */
export const sendSignal = route({
  method: "POST",
  path: "/api/v1/signals",
  summary: "Send a signal",
  body: signalBody,
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle({ engine, request }) {
    const read = await readBody(request, signalBody, { errors: "problem", bytesMax: limits.stepOutputBytesMax });
    if (read instanceof Response) return read;
    const { signal, data } = read.value;
    const result = await engine.sendSignal({ signal, data: asJson(data) });
    const isReceived = result.kind === "received";
    return json(isReceived ? 200 : 202, { data: { kind: result.kind, runId: isReceived ? result.runId : null } });
  },
});
