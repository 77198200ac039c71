import { asJson, type JsonText } from "@stepwell/protocol";

/** What a step is told whose child will not run: it fails at once, and is not tried again. */
export const notStartedMemos = {
  /** A debounce kept another event, which is named as its sender knows it. */
  debounced: (winnerId: string): JsonText =>
    notStarted(`the invoked function is debounced, and the event "${winnerId}" starts it instead`, "debounced"),
  /** The events were collected, and another run has the singleton. */
  skipped: notStarted("the invoked function did not start on the events that it had collected: another run has its singleton", "skipped"),
  /** The events were collected, and then the function did not start. */
  collected: notStarted("the invoked function did not start on the events that it had collected", "not_started"),
} as const;

function notStarted(message: string, code: string): JsonText {
  return asJson({ error: { name: "InvokedFunctionNotStartedError", message, code, noRetry: true, data: null } });
}
