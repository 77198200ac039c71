// Failures, for programs and for people. Each code has its section in docs/errors.md.

export const errorCodes = [
  "address_not_allowed",
  "alert_channel_not_found",
  "already_redriven",
  "app_id_taken",
  "app_not_found",
  "app_unreachable",
  "back_pressure",
  "base_url_invalid",
  "base_url_missing",
  "batch_if_expression_invalid",
  "batch_key_expression_invalid",
  "batch_size_invalid",
  "batch_timeout_invalid",
  "body_too_large",
  "breaker_not_found",
  "bulk_cancels_too_many",
  "bulk_redrives_too_many",
  "call_still_open",
  "cancellation_invalid",
  "cancellation_not_found",
  "catch_up_invalid",
  "checkpoint_invalid",
  "circuit_breaker_invalid",
  "combo_unsupported",
  "concurrency_key_invalid",
  "concurrency_limit_invalid",
  "concurrency_scope_invalid",
  "config_invalid",
  "data_not_writable",
  "database_in_use",
  "database_invalid",
  "database_not_found",
  "debounce_invalid",
  "engine_stopped",
  "engine_unclear",
  "event_data_invalid",
  "event_key_invalid",
  "event_key_missing",
  "event_name_invalid",
  "event_name_reserved",
  "event_not_found",
  "event_too_large",
  "expression_invalid",
  "failure_not_found",
  "function_error",
  "function_id_duplicate",
  "function_id_invalid",
  "function_id_taken",
  "function_name_missing",
  "function_not_found",
  "function_skipped",
  "gateway_failed",
  "gateway_request_invalid",
  "host_not_allowed",
  "http_unreachable",
  "idempotency_invalid",
  "input_not_editable",
  "internal_error",
  "invalid_duration",
  "invalid_event",
  "invalid_event_id",
  "invalid_json",
  "invalid_request",
  "invalid_run_id",
  "invoke_too_deep",
  "jitter_invalid",
  "json_too_deep",
  "key_from_settings",
  "key_is_last",
  "key_not_found",
  "key_replaced",
  "key_revoked",
  "keys_not_in_use",
  "keys_too_many",
  "lookback_too_wide",
  "metadata_too_large",
  "never_idle",
  "node_too_old",
  "not_found",
  "not_implemented",
  "not_sdk",
  "op_not_supported",
  "option_not_supported_yet",
  "option_unknown",
  "origin_not_allowed",
  "output_too_large",
  "overlap_invalid",
  "password_wrong",
  "payload_expired",
  "port_taken",
  "priority_invalid",
  "rate_limit_invalid",
  "rate_limited",
  "reply_invalid",
  "request_duration_too_long",
  "request_refused",
  "rerun_step_unknown",
  "result_not_serializable",
  "retries_invalid",
  "run_already_ended",
  "run_not_failed",
  "run_not_found",
  "schedule_descriptor_unsupported",
  "schedule_duplicate",
  "schedule_invalid",
  "schedule_missing",
  "schedule_too_long",
  "schedule_zone_unknown",
  "sdk_version_denied",
  "server_kind_mismatch",
  "sign_ins_too_many",
  "signal_kept",
  "signing_key_invalid",
  "signing_key_missing",
  "singleton_invalid",
  "sleep_too_long",
  "stale_checkpoint",
  "state_gone",
  "state_too_large",
  "step_error",
  "step_id_missing",
  "step_id_repeated",
  "step_inside_step",
  "step_limit_exceeded",
  "step_not_found",
  "step_not_mocked",
  "step_not_reached",
  "step_order_changed",
  "step_outside_function",
  "step_url_invalid",
  "store_files_missing",
  "store_unavailable",
  "test_engine_unclear",
  "throttle_invalid",
  "timeouts_invalid",
  "too_many_events",
  "too_many_redirects",
  "trigger_invalid",
  "triggers_too_many",
  "unauthorized",
  "worker_lost",
] as const;

/** What went wrong, for programs. */
export type ErrorCode = (typeof errorCodes)[number];

/** What an app's SDK says of its own code. A run that fails with one of them has its code. */
const appErrorCodes: ReadonlySet<unknown> = new Set<ErrorCode>([
  "event_data_invalid",
  "event_name_invalid",
  "invalid_duration",
  "invalid_event",
  "invalid_request",
  "result_not_serializable",
  "step_id_missing",
  "step_inside_step",
  "step_outside_function",
]);

/** The code of an error as an app tells it, where it is one of `StepwellError` that an app may have. */
export function appErrorCode(error: unknown): ErrorCode | undefined {
  const { name, code } = (typeof error === "object" && error !== null ? error : {}) as { readonly name?: unknown; readonly code?: unknown };
  if (name === "RequestDurationTooLong" && code === "request_duration_too_long") return code;
  return name === "StepwellError" && appErrorCodes.has(code) ? (code as ErrorCode) : undefined;
}

/** An operational failure: the program is right, the world was not. */
export class StepwellError extends Error {
  override readonly name = "StepwellError";
  readonly code: ErrorCode;
  /** Whether the same call may succeed later, unchanged. The loops retry on this, and on nothing else. */
  readonly retryable: boolean;
  /** What to do about it, for a person. */
  readonly advice: string | undefined;

  constructor(code: ErrorCode, message: string, options: { retryable: boolean; advice?: string; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
    this.advice = options.advice;
  }

  /** `instanceof` fails across two copies of a package, so callers ask by brand. */
  static is(value: unknown): value is StepwellError {
    return value instanceof Error && value.name === "StepwellError" && "code" in value;
  }
}

/** The program is wrong. Stops the attempt or the process, loudly. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** Throws when a property that the code relies on does not hold; `property` names it. */
export function invariant(condition: boolean, property: string): asserts condition {
  if (!condition) throw new InvariantError(property);
}

/** The end of a switch over a union: a new member does not compile until it has a case. */
export function assertNever(value: never): never {
  throw new InvariantError(`a case is missing for ${JSON.stringify(value)}`);
}
