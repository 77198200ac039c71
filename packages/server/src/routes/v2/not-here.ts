import { refusal } from "../../problem.ts";
import { type Route, route } from "../../route.ts";

/** Of the public API, and of no open server: answered as such, and not as an address that was misspelt. */
const elsewhere: readonly (readonly [Route["method"], string])[] = [
  ["POST", "/v2/envs"],
  ["GET", "/v2/env/webhooks"],
  ["POST", "/v2/env/webhooks"],
  ["POST", "/v2/apps/:appId/syncs"],
  ["POST", "/v2/runs/:runId/scores"],
  ["GET", "/v2/insights/tables"],
  ["GET", "/v2/insights/events/schemas"],
  ["POST", "/v2/insights/query"],
  ["POST", "/v2/insights/query/prompt"],
  ["GET", "/v2/experiments"],
  ["GET", "/v2/sessions"],
  ["GET", "/v2/partner/accounts"],
  ["POST", "/v2/partner/accounts"],
  ["GET", "/v2/sandboxes"],
  ["POST", "/v2/sandboxes"],
];

export const routesNotHere: readonly Route[] = elsewhere.map(([method, path]) =>
  route({
    method,
    path,
    summary: "Not in the open server",
    access: "signing_key",
    errors: "list",
    handle: () => refusal("list", { code: "not_implemented", detail: `${method} ${path} is not part of the open server` }),
  }),
);
