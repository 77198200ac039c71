import { refusal } from "./problem.ts";
import type { Route } from "./route.ts";

/** A filter that is not known must not look like one that everything passes. */
export function refuseParameters({ query, errors }: Route, address: string): Response | undefined {
  const start = address.indexOf("?");
  if (query === undefined || start === -1) return undefined;
  const unknown = [...new URLSearchParams(address.slice(start)).keys()].find((name) => !query.includes(name));
  if (unknown === undefined) return undefined;
  const known = query.length === 0 ? "this address takes none" : `it takes ${query.join(", ")}`;
  return refusal(errors, {
    code: "invalid_request",
    detail: `"${unknown.slice(0, 40)}" is no parameter of this address; ${known}`,
    fields: [{ path: unknown.slice(0, 40), message: "unknown parameter" }],
  });
}
