import { refusal } from "../../problem.ts";
import { type ErrorForm, type Route, route } from "../../route.ts";

type Method = Route["method"];

/** What whoever asks can do instead. */
const insteads = {
  environments: "this server has one environment; start another server, with a database of its own, for another one",
  webhooks:
    "this server runs no transforms of others; receive the webhook in your app and send the event with inngest.send, or let its sender post to /e/<event key>",
  syncs: "sync an app with POST /api/v1/apps/sync, or by a PUT of its own address",
  insights:
    "there is no query language over history; filter runs and events with GET /v2/runs, GET /api/v1/events or filter.query of POST /v0/gql",
  experiments: "results of experiments are with the runs: GET /api/v1/runs/<id>/metadata has the variant and the scores of each",
  sessions:
    'find the events of a session with filter.query of POST /v0/gql, e.g. event.meta.sessions["user"] == "u_1", and their runs with them',
  partners: "this server has one account",
  metrics: "GET /metrics has the metrics of this server for Prometheus",
  sandboxes: "this server runs no sandboxes",
} as const;

/** Of the public API, and of no open server: answered as such, and not as an address that was misspelt. */
const elsewhere: readonly (readonly [Method, string, keyof typeof insteads])[] = [
  ["POST", "/v2/envs", "environments"],
  ["PATCH", "/v2/envs/:id", "environments"],
  ["GET", "/v2/env/webhooks", "webhooks"],
  ["POST", "/v2/env/webhooks", "webhooks"],
  ["POST", "/v2/apps/:appId/syncs", "syncs"],
  ["GET", "/v2/insights/tables", "insights"],
  ["GET", "/v2/insights/events/schemas", "insights"],
  ["POST", "/v2/insights/query", "insights"],
  ["POST", "/v2/insights/query/prompt", "insights"],
  ["GET", "/v2/experiments", "experiments"],
  ["GET", "/v2/apps/:appId/functions/:functionId/experiments", "experiments"],
  ["GET", "/v2/apps/:appId/functions/:functionId/experiments/:id", "experiments"],
  ["GET", "/v2/sessions", "sessions"],
  ["GET", "/v2/sessions/:key", "sessions"],
  ["GET", "/v2/sessions/:key/:id/runs", "sessions"],
  ["GET", "/v2/partner/accounts", "partners"],
  ["POST", "/v2/partner/accounts", "partners"],
  ["GET", "/v2/sandboxes", "sandboxes"],
  ["POST", "/v2/sandboxes", "sandboxes"],
];

export const routesNotHere: readonly Route[] = elsewhere.map((each) => notHere("list", ...each));

/** The same in the words of the first version. */
const elsewhereV1: typeof elsewhere = [
  ["GET", "/v1/webhooks", "webhooks"],
  ["POST", "/v1/webhooks", "webhooks"],
  ["GET", "/v1/webhooks/:id", "webhooks"],
  ["PUT", "/v1/webhooks/:id", "webhooks"],
  ["DELETE", "/v1/webhooks/:id", "webhooks"],
  ["GET", "/v1/prom/:env", "metrics"],
];

export const routesNotHereV1: readonly Route[] = elsewhereV1.map((each) => notHere("envelope", ...each));

function notHere(errors: ErrorForm, method: Method, path: string, instead: keyof typeof insteads): Route {
  return route({
    method,
    path,
    summary: "Not in the open server",
    access: "signing_key",
    errors,
    handle: () =>
      refusal(errors, { code: "not_implemented", detail: `${method} ${path} is not part of the open server: ${insteads[instead]}` }),
  });
}
