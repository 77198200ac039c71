import type { ErrorCode } from "@stepwell/protocol";

interface Refusal {
  /** Of HTTP. */
  readonly status: number;
  /** What whoever asked can do about it. */
  readonly hint: string;
}

const listOfRuns = "It may have been removed by retention. GET /api/v1/runs lists what is kept.";
const fixAndSync = "Correct what the message names, and start the app again or sync it.";

/** Every code that a request can be answered with. */
export const refusals = {
  alert_channel_not_found: { status: 404, hint: "GET /api/v1/alerts lists the channels; docs/alerts.md says how to configure them." },
  already_redriven: { status: 409, hint: "Redrive that run if it failed too, or repeat this one again: POST /api/v1/runs/<id>/rerun." },
  app_not_found: { status: 404, hint: "GET /api/v1/apps lists the apps that are known." },
  body_too_large: { status: 413, hint: "Send less at once; docs/errors.md lists the limits." },
  breaker_not_found: { status: 404, hint: "GET /api/v1/breakers lists those that are open or have counted anything." },
  bulk_cancels_too_many: { status: 429, hint: "Delete some that are over: DELETE /v1/cancellations/<id>." },
  bulk_redrives_too_many: { status: 429, hint: "Wait: each is forgotten seven days after its end. GET /api/v1/operations lists them." },
  cancellation_not_found: { status: 404, hint: "It may be over and forgotten. GET /v1/cancellations lists what is known." },
  checkpoint_invalid: { status: 400, hint: "The SDK reports the steps with its reply instead. If it goes on, compare the SDK's version." },
  config_invalid: { status: 400, hint: fixAndSync },
  engine_stopped: { status: 503, hint: "The process is about to end, or has stopped its engine: ask again when it is back." },
  event_key_invalid: { status: 401, hint: "Send with one of the server's event keys: POST /e/<key>; SDKs read it from INNGEST_EVENT_KEY." },
  event_key_missing: { status: 401, hint: "Put an event key into the address: POST /e/<key>; SDKs read it from INNGEST_EVENT_KEY." },
  event_name_invalid: { status: 400, hint: "Give the event a shorter name." },
  event_name_reserved: { status: 400, hint: "Names that begin with inngest/ or stepwell/ are the server's; choose another." },
  event_not_found: { status: 404, hint: "It may have been removed by retention. GET /api/v1/events lists what is kept." },
  event_too_large: { status: 400, hint: "Keep large data elsewhere and send its address." },
  expression_invalid: { status: 400, hint: "Correct the expression; the message names the place." },
  failure_not_found: { status: 404, hint: "Retention forgets groups that were quiet for long. GET /api/v1/failures lists what is known." },
  function_not_found: { status: 404, hint: "GET /api/v1/functions lists the functions that are known." },
  function_skipped: { status: 422, hint: "Wait for the run that the message names, or cancel it." },
  host_not_allowed: { status: 403, hint: "Start the server with --allow-host <name> to let this name in." },
  http_unreachable: { status: 502, hint: "Look whether the app runs and is served at this address; its own log may say more." },
  input_not_editable: { status: 400, hint: "Leave the input out, or rerun from a step that the app runs." },
  internal_error: { status: 500, hint: "Report it, with what the server's log says of it." },
  invalid_event: { status: 400, hint: 'An event is {"name": "…", "data": {…}}; a list of them is one request.' },
  invalid_event_id: { status: 400, hint: "An event id is a ULID of 26 characters, as the answer to a send gives it." },
  invalid_json: { status: 400, hint: "Send JSON; the message says where it ends to be some." },
  invalid_request: { status: 400, hint: "Correct what the message names; nothing was done." },
  invalid_run_id: { status: 400, hint: "A run id is a ULID of 26 characters." },
  json_too_deep: { status: 400, hint: "Send less structure, or the inner part of it as text." },
  key_from_settings: {
    status: 409,
    hint: "Take it out of --signing-key or --event-key, the environment or the configuration file, and start the server again.",
  },
  key_is_last: { status: 409, hint: "Make another first: stepwell keys create event|signing." },
  key_not_found: { status: 404, hint: "stepwell keys list, or GET /api/v1/keys, shows the keys with their ids." },
  key_replaced: { status: 409, hint: "It ends by itself; DELETE /api/v1/keys/:id or stepwell keys revoke ends it now." },
  keys_not_in_use: { status: 409, hint: "Start it with --keys to try how keys work." },
  keys_too_many: { status: 409, hint: "Revoke those that nobody uses: DELETE /api/v1/keys/:id." },
  metadata_too_large: { status: 413, hint: 'Note less, or delete some of it first: "op": "delete".' },
  not_implemented: { status: 501, hint: "The open server has no such thing; docs/cli.md and /api/v1/openapi.json say what it has." },
  not_found: { status: 404, hint: "Look at the path and the method; docs/errors.md and docs/cli.md say which there are." },
  option_not_supported_yet: { status: 400, hint: "Leave the option out, or try the app on stepwell dev, which takes it with a warning." },
  origin_not_allowed: {
    status: 403,
    hint: "Ask from a page of the server's own address. Pages of others may at most send events to a dev server.",
  },
  output_too_large: { status: 413, hint: "Keep large data elsewhere and return its address." },
  password_wrong: { status: 401, hint: "stepwell start printed it once; stepwell keys password makes another." },
  payload_expired: { status: 410, hint: "Send its event again, or start its function: POST /api/v1/functions/<slug>/invoke." },
  rate_limited: { status: 422, hint: "Try again at the time that the message names, or raise the function's rateLimit." },
  rerun_step_unknown: { status: 400, hint: "GET /api/v1/runs/<id>/trace lists the steps of the run with their ids." },
  run_already_ended: { status: 409, hint: "Nothing is left to do; GET /api/v1/runs/<id> shows how it ended." },
  run_not_failed: { status: 409, hint: "POST /api/v1/runs/<id>/rerun repeats any run." },
  run_not_found: { status: 404, hint: listOfRuns },
  sdk_version_denied: { status: 400, hint: "Install a newer version of the SDK." },
  server_kind_mismatch: { status: 400, hint: "Set INNGEST_DEV for a dev server, and leave it out for one with keys." },
  sign_ins_too_many: { status: 429, hint: "Try again in a minute." },
  signal_kept: { status: 404, hint: "Nothing needs to be done: the first step that waits for the signal within 24 hours takes it." },
  stale_checkpoint: { status: 409, hint: "Stop working on this call: a later one has taken over." },
  state_gone: { status: 410, hint: "The run has ended, or was removed; there is nothing to continue." },
  state_too_large: { status: 413, hint: "Return less from the run's steps, or the address of what is large." },
  store_unavailable: { status: 503, hint: "Try again; if it goes on, look at the disk the database is on." },
  too_many_events: { status: 400, hint: "Send the events in several requests." },
  unauthorized: {
    status: 401,
    hint: "Send the signing key as a bearer token: Authorization: Bearer <key>; a page signs in: POST /api/v1/sign-in.",
  },
} as const satisfies Partial<Record<ErrorCode, Refusal>>;

export type RefusalCode = keyof typeof refusals;

/** A registration can be refused with any code that an option has; they all want the same. */
export function hintOf(code: ErrorCode): string {
  return code in refusals ? refusals[code as RefusalCode].hint : fixAndSync;
}
