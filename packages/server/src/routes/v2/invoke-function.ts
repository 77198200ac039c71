import { limits } from "@stepwell/protocol";
import { maxLength, nullish, object, pipe, string } from "valibot";
import { json, refusal } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { route } from "../../route.ts";
import { anyObject } from "../any-object.ts";
import { notStarted } from "../not-started.ts";
import { invokePayloadOf } from "../sdk/invoke-function.ts";
import { findAppFunction } from "./find-app-function.ts";
import { replyV2 } from "./reply-v2.ts";

const key = nullish(
  pipe(
    string(),
    maxLength(limits.idempotencyKeyLengthMax, `at most ${limits.idempotencyKeyLengthMax} characters (idempotencyKeyLengthMax)`),
  ),
);
const body = object({ data: nullish(anyObject), idempotencyKey: key, idempotency_key: key });

/**
 * `POST /v2/apps/:appId/functions/:functionId/invoke`. One run for each function and idempotency key: a repeat is answered with
 * 409 and the first run, and starts nothing.
 */
export const invokeFunctionV2 = route({
  method: "POST",
  path: "/v2/apps/:appId/functions/:functionId/invoke",
  summary: "Start one function, whatever its triggers are",
  body,
  access: "signing_key",
  errors: "list",
  async handle({ engine, params, request }) {
    const found = findAppFunction(engine, params["appId"] ?? "", params["functionId"] ?? "");
    if (found instanceof Response) return found;
    const read = await readBody(request, body, { errors: "list", bytesMax: limits.eventBytesMax });
    if (read instanceof Response) return read;
    const { data, idempotencyKey, idempotency_key: sameKey } = read.value;
    if (data === undefined || data === null) return json(400, { errors: [{ code: "missing_field", message: "data is missing" }] });
    const payload = invokePayloadOf({ data });
    if ("code" in payload) return refusal("list", { code: payload.code, detail: payload.message });
    const once = idempotencyKey ?? sameKey ?? "";
    const functionName = found.record.slug;
    const result = await engine.invokeFunction({ functionName, payload, ...(once === "" ? {} : { idempotencyKey: once }) });
    if (result.kind === "function_not_found")
      return refusal("list", { code: "function_not_found", detail: `no function is called "${functionName}"` });
    if (result.kind === "rate_limited" || result.kind === "skipped") return refusal("list", notStarted(functionName, result));
    return replyV2({ runId: result.runId }, engine.now(), undefined, result.kind === "duplicate" ? 409 : 200);
  },
});
