import { isObject, parseJson } from "@stepwell/protocol";

/** Whether a POST brings events and is no call: it says no function, and is a thing with a name, or goes to `…/send`. */
export function bringsEvents(http: Request, body: string): boolean {
  const { pathname, searchParams } = new URL(http.url);
  if (searchParams.has("fnId") || searchParams.has("probe")) return false;
  if (pathname.endsWith("/send")) return true;
  const value = parseJson(body);
  const [first] = Array.isArray(value) ? value : [value];
  return isObject(first) && typeof first["name"] === "string" && !("ctx" in first);
}
