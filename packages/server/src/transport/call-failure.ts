import { type ErrorCode, formatDuration, type Reply } from "@stepwell/protocol";

import { addressNotAllowed } from "./address-guard.ts";
import { failureCause } from "./failure-cause.ts";

type FailedReply = Extract<Reply, { kind: "error" }>;

/** A call that brought no reply of the app: an attempt that failed, and may be made again. */
export function failedCall(code: ErrorCode, message: string, status?: number): FailedReply {
  const name = code.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
  return { kind: "error", code, error: { name, message, error: code }, noRetry: false, ...(status === undefined ? {} : { status }) };
}

/** What went wrong on the way, in words: what happened, to which address, what to do. */
export function describeFailure(error: unknown, url: string, callMsMax: number): FailedReply {
  const { code, name, message } = failureCause(error);
  const where = originOf(url);
  if (name === "TimeoutError" || code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT")
    return failedCall(
      "request_duration_too_long",
      `the app at ${where} did not finish its reply within ${formatDuration(callMsMax)} (callMsMax)`,
    );
  if (code === addressNotAllowed)
    return failedCall("address_not_allowed", `${message}. Start the server with --allow-call-to <address or range> if it is meant to`);
  if (name === "AbortError") return failedCall("http_unreachable", `the call to ${where} was given up`);
  const known = adviceOf[code];
  if (known !== undefined) return failedCall("http_unreachable", `Unable to reach SDK URL: ${known(where)} (${code})`);
  return failedCall("http_unreachable", `Unable to reach SDK URL ${where}: ${message}${code === "" ? "" : ` (${code})`}`);
}

const reset = (where: string): string =>
  `${where}: the server reset the connection while we were reading the reply. Look into the app's own log: it may have crashed or restarted`;

const adviceOf: Readonly<Record<string, (where: string) => string>> = {
  ECONNREFUSED: (where) => `nothing listens at ${where}. Start the app, or sync it under its new address`,
  ENOTFOUND: (where) => `the name of ${where} is not known. Check the app's URL`,
  EAI_AGAIN: (where) => `the name of ${where} could not be looked up just now`,
  ETIMEDOUT: (where) => `${where} does not answer`,
  UND_ERR_CONNECT_TIMEOUT: (where) => `${where} does not take connections`,
  ECONNRESET: reset,
  EPIPE: reset,
  UND_ERR_SOCKET: reset,
};

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url.slice(0, 200);
}
