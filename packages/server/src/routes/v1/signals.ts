import { asJson, limits } from "@stepwell/protocol";
import { envelopeError } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { route } from "../../route.ts";
import { signalBody } from "../signal-body.ts";
import { envelope } from "./envelope.ts";

/** `POST /v1/signals`: wakes the run that waits for it. One that nobody waits for is kept, and answered with 404 all the same. */
export const sendSignalV1 = route({
  method: "POST",
  path: "/v1/signals",
  summary: "Send a signal",
  body: signalBody,
  access: "signing_key",
  errors: "envelope",
  async handle({ engine, request }) {
    const read = await readBody(request, signalBody, { errors: "envelope", bytesMax: limits.stepOutputBytesMax });
    if (read instanceof Response) return read;
    const { signal, data } = read.value;
    const result = await engine.sendSignal({ signal, data: asJson(data) });
    return result.kind === "received"
      ? envelope({ run_id: result.runId }, engine.now())
      : envelopeError({ code: "signal_kept", detail: "No signal found" });
  },
});
