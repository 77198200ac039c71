import { asJson, epochMs } from "@stepwell/protocol";
import { boolean, optional, strictObject } from "valibot";
import { readBody } from "../../read-body.ts";
import { route } from "../../route.ts";
import { findFailure } from "./failures.ts";
import { replay, replayOptions } from "./replay-operation.ts";

const body = strictObject({ ...replayOptions.entries, dryRun: optional(boolean()) });

/** `POST /api/v1/failures/:fingerprint/redrive`: repeats the runs of a group that were not repeated before, as an operation. */
export const redriveFailure = route({
  method: "POST",
  path: "/api/v1/failures/:fingerprint/redrive",
  summary: "Repeat the failed runs of a group, or count which",
  body,
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const group = await findFailure(request);
    if (group instanceof Response) return group;
    const read = await readBody(request.request, body, { errors: "problem", isOptional: true });
    if (read instanceof Response) return read;
    const { dryRun = false, ...options } = read.value;
    const { engine } = request;
    const failure = [group.fingerprint];
    // Runs that come while it goes on are none of its business.
    const filter = { runs: { failures: failure, queuedTo: epochMs(engine.now() + 1) } };
    return replay(engine, { filter, options, dryRun, about: asJson({ name: null, filter: { failure } }) });
  },
});
