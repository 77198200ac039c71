import { isObject, type JsonObject } from "./json-shape.ts";

/**
 * A registration as it is without the sync that it answers. SDKs repeat the `deployId` of the request that asked them in the
 * app's address and in that of every function, where it would be another one with each sync.
 */
export function dropDeployId(body: JsonObject): JsonObject {
  const { url, functions } = body;
  return {
    ...body,
    ...(typeof url === "string" ? { url: withoutDeployId(url) } : {}),
    ...(Array.isArray(functions) ? { functions: functions.map(functionWithout) } : {}),
  };
}

function functionWithout(value: unknown): unknown {
  if (!isObject(value) || !isObject(value["steps"])) return value;
  return { ...value, steps: Object.fromEntries(Object.entries(value["steps"]).map(([id, step]) => [id, stepWithout(step)])) };
}

function stepWithout(step: unknown): unknown {
  if (!isObject(step) || !isObject(step["runtime"]) || typeof step["runtime"]["url"] !== "string") return step;
  return { ...step, runtime: { ...step["runtime"], url: withoutDeployId(step["runtime"]["url"]) } };
}

/** Everything else of the address stays as it was written. */
function withoutDeployId(url: string): string {
  return url.replace(/([?&])deployId=[^&#]*(&?)/, (_, before: string, after: string) => (after === "&" ? before : ""));
}
