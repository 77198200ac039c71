import { isObject, parseJson } from "@stepwell/protocol";
import type { ServedRequest } from "./call-request.ts";

/** Whether a POST that names no function brings events: it is a thing with a name, or goes to `…/send`. */
export function bringsEvents(http: ServedRequest, body: string): boolean {
  if (new URL(http.url).pathname.endsWith("/send")) return true;
  const value = parseJson(body);
  const [first] = Array.isArray(value) ? value : [value];
  return isObject(first) && typeof first["name"] === "string" && !("ctx" in first);
}
