import type { ErrorCode } from "@stepwell/protocol";

const spelled: Partial<Record<ErrorCode, string>> = {
  body_too_large: "validation_error",
  event_name_invalid: "validation_error",
  event_name_reserved: "validation_error",
  event_too_large: "validation_error",
  invalid_event: "validation_error",
  invalid_event_id: "invalid_field_format",
  invalid_json: "invalid_request",
  invalid_run_id: "invalid_field_format",
  json_too_deep: "validation_error",
  metadata_too_large: "validation_error",
  rerun_step_unknown: "invalid_request",
  input_not_editable: "invalid_request",
  store_unavailable: "internal_error",
  unauthorized: "invalid_signing_key",
};

/** Our code as the second version of the compatible API spells it. */
export function v2Code(code: ErrorCode): string {
  return spelled[code] ?? (code.endsWith("_not_found") ? "not_found" : code);
}
