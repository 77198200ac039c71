import { formatDuration, type Reply } from "@stepwell/protocol";
import type { StepCall } from "../step/step-call.ts";

/** The reply for a call that does not end. */
export function overdue(slug: string, msMax: number, open: StepCall | undefined): Reply {
  const what = open === undefined ? "it awaits something outside of its steps" : `its step "${open.id}" is still open`;
  const message = `the call of ${slug} did not end within ${formatDuration(msMax)} (callMsMax): ${what}`;
  const error = { name: "RequestDurationTooLong", message };
  return { kind: "error", code: "request_duration_too_long", error, noRetry: false, status: 500 };
}
