import type { ErrorCode } from "@stepwell/protocol";

/** The HTTP status of each code that a request can be answered with; others are the server's own failures. */
const statusOf: Partial<Record<ErrorCode, number>> = {
  app_not_found: 404,
  body_too_large: 413,
  checkpoint_invalid: 400,
  config_invalid: 400,
  event_key_invalid: 401,
  event_key_missing: 401,
  event_not_found: 404,
  function_not_found: 404,
  host_not_allowed: 403,
  http_unreachable: 502,
  invalid_event: 400,
  invalid_event_id: 400,
  invalid_json: 400,
  invalid_request: 400,
  invalid_run_id: 400,
  json_too_deep: 400,
  key_from_settings: 409,
  key_is_last: 409,
  key_not_found: 404,
  keys_not_in_use: 409,
  keys_too_many: 409,
  not_found: 404,
  option_not_supported_yet: 400,
  origin_not_allowed: 403,
  run_already_ended: 409,
  run_not_found: 404,
  stale_checkpoint: 409,
  state_gone: 410,
  store_unavailable: 503,
  too_many_effects: 400,
  unauthorized: 401,
};

const hintOf: Partial<Record<ErrorCode, string>> = {
  app_not_found: "GET /api/v1/apps lists the apps that are known.",
  event_not_found: "It may have been removed by retention. GET /api/v1/events lists what is kept.",
  host_not_allowed: "Start the server with --allow-host <name> to let this name in.",
  invalid_run_id: "A run id is a ULID of 26 characters.",
  key_from_settings: "Take it out of --signing-key or --event-key, the environment or the configuration file, and start the server again.",
  key_is_last: "Make another first: stepwell keys create event|signing.",
  key_not_found: "stepwell keys list, or GET /api/v1/keys, shows the keys with their ids.",
  keys_not_in_use: "Start it with --keys to try how keys work.",
  keys_too_many: "Revoke those that nobody uses: DELETE /api/v1/keys/:id.",
  origin_not_allowed: "Pages of other origins may only send events to /e/.",
  run_not_found: "It may have been removed by retention. GET /api/v1/runs lists what is kept.",
  store_unavailable: "Try again; if it goes on, look at the disk the database is on.",
  unauthorized: "Send the signing key as a bearer token: Authorization: Bearer <key>.",
};

export interface ProblemParams {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly status?: number;
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
}

/** The form of errors of our own API (`/api/v1`): a problem with a code for programs and a hint for people. */
export function problem({ code, detail, status, fields }: ProblemParams): Response {
  const httpStatus = status ?? statusOf[code] ?? 500;
  const body = {
    type: `https://stepwell.dev/errors#${code}`,
    title: code.replaceAll("_", " "),
    status: httpStatus,
    code,
    detail,
    hint: hintOf[code] ?? null,
    ...(fields === undefined ? {} : { fields }),
  };
  return new Response(JSON.stringify(body), { status: httpStatus, headers: { "content-type": "application/problem+json" } });
}

/** The form of errors of the compatible API (`/v0`, `/v1`, `/fn`): the status stands in the body too. */
export function envelopeError({ code, detail, status }: ProblemParams): Response {
  const httpStatus = status ?? statusOf[code] ?? 500;
  return json(httpStatus, { code, error: detail, data: null, status: httpStatus });
}

export function json(status: number, value: unknown): Response {
  return new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });
}
