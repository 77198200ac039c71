import type { ErrorCode } from "@stepwell/protocol";
import { type RefusalCode, refusals } from "./refusals.ts";

const lookAtApp = "Look whether the app runs and is served at its address, and what its own log says; then redrive the run.";
const correctStep = "Correct the step that the message names, and redrive the run.";

/** What whoever sees a failed run can do about it. */
const hints: Partial<Readonly<Record<ErrorCode, string>>> = {
  app_unreachable: lookAtApp,
  event_data_invalid: "Send what the schema asks for, or change the schema; then redrive the run.",
  event_name_invalid: correctStep,
  expression_invalid: correctStep,
  function_error: "Correct the function, which threw this error, and redrive the run.",
  function_not_found: "Register the function again, or take it out of the code that invokes it; then redrive the run.",
  http_unreachable: lookAtApp,
  invalid_duration: correctStep,
  invalid_event: correctStep,
  invalid_request: correctStep,
  json_too_deep: "Return less structure, or the inner part of it as text; then redrive the run.",
  not_sdk: "Look whether the address of the app is that of its SDK's handler, and not of a page or a proxy before it.",
  op_not_supported: "Use another tool of the SDK: docs/errors.md names what is supported.",
  output_too_large: "Keep large data elsewhere and return its address; then redrive the run.",
  reply_invalid: "Correct what the message names; if the function is right, compare the version of its SDK.",
  request_duration_too_long:
    "Settle what the message names, or give it a time limit of its own; long waits are step.sleep and step.waitForEvent.",
  result_not_serializable: "Return plain data: objects, lists, text, numbers, dates, maps and sets; then redrive the run.",
  sleep_too_long: "Sleep or wait for at most 366 days at once, several times if need be; then redrive the run.",
  state_too_large: "Return less from the run's steps, or the address of what is large; then redrive the run.",
  step_error: "Correct the step, which threw this error, and redrive the run.",
  step_id_missing: "Give the step an id as its first argument, and redrive the run.",
  step_inside_step: "Call steps from the function itself, one after the other or beside each other, and redrive the run.",
  step_limit_exceeded: "Split the work among several runs, by step.invoke or events; docs/errors.md lists the limits.",
  step_not_found: "Give the step the id back that it had when the run began, or rerun the run from its beginning.",
  step_outside_function: "Call it from a function, or use the tools that the function is called with; then redrive the run.",
  worker_lost: "Look what ends the process: memory, process.exit, an error that nobody catches.",
};

export function runHint(code: string | undefined): string | null {
  if (code === undefined) return null;
  const refusal = code in refusals ? refusals[code as RefusalCode].hint : null;
  return hints[code as ErrorCode] ?? refusal;
}
