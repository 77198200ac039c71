import { isObject, parseJson } from "@stepwell/protocol";
import type { ServedRequest } from "./call-request.ts";

/** Whether a POST brings events and is no call: it says no function, and is a thing with a name, or goes to `…/send`. */
export function bringsEvents(http: ServedRequest, body: string): boolean {
  const { pathname, searchParams } = new URL(http.url);
  if (searchParams.has("fnId") || searchParams.has("probe")) return false;
  if (pathname.endsWith("/send")) return true;
  const value = parseJson(body);
  const [first] = Array.isArray(value) ? value : [value];
  return isObject(first) && typeof first["name"] === "string" && !("ctx" in first);
}
