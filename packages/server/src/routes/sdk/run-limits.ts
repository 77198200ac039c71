import type { RunLimitName } from "@stepwell/engine";
import { limits } from "@stepwell/protocol";
import { readText } from "../../body.ts";
import { envelopeError, json } from "../../problem.ts";
import { type Route, type RouteRequest, route } from "../../route.ts";

/** `POST` and `DELETE /fn/step-limit`: how many steps the runs of one function may have, for tests. */
export const setStepLimit = limitRoute("POST", "/fn/step-limit", "stepsPerRunMax");
export const removeStepLimit = limitRoute("DELETE", "/fn/step-limit", "stepsPerRunMax");
/** `POST` and `DELETE /fn/state-size-limit`: how many bytes their results may have. */
export const setStateLimit = limitRoute("POST", "/fn/state-size-limit", "runStateBytesMax");
export const removeStateLimit = limitRoute("DELETE", "/fn/state-size-limit", "runStateBytesMax");

function limitRoute(method: "POST" | "DELETE", path: string, limit: RunLimitName): Route {
  const what = limit === "stepsPerRunMax" ? "how many steps the runs of a function may have" : "how large their results may be";
  return route({
    method,
    path,
    summary: method === "POST" ? `Set ${what}, for a test` : `Take back ${what}`,
    access: "signing_key",
    errors: "envelope",
    devOnly: true,
    async handle(request) {
      const values = await readValues(request);
      const record = request.engine.findFunction(values.get("functionId") ?? "");
      if (record === undefined) return envelopeError({ code: "function_not_found", detail: "functionId names no function that is known" });
      const isSet = request.engine.setRunLimit({ functionId: record.id, limit, max: method === "POST" ? maxOf(values) : undefined });
      if (isSet) return json(200, { ok: true });
      return method === "POST"
        ? envelopeError({ code: "invalid_request", detail: `limit is a whole number from 0 to ${limits[limit]} (${limit})` })
        : envelopeError({ code: "not_found", detail: "no limit is set for this function" });
    },
  });
}

/** Of a form, or of the address. */
async function readValues({ request, url }: RouteRequest): Promise<URLSearchParams> {
  const text = await readText(request, limits.apiBodyBytesMax);
  return new URLSearchParams([...url.searchParams, ...(typeof text === "string" ? new URLSearchParams(text) : [])]);
}

function maxOf(values: URLSearchParams): number {
  const text = values.get("limit") ?? "";
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}
