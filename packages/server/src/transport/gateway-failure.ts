import type { GatewayReply } from "@stepwell/engine";
import { formatDuration } from "@stepwell/protocol";
import { addressNotAllowed } from "./address-guard.ts";
import { failureCause } from "./failure-cause.ts";

type FailedReply = Extract<GatewayReply, { kind: "failed" }>;

export function failedRequest(message: string, code = "gateway_failed", isFinal = false): FailedReply {
  return { kind: "failed", code, message, isFinal };
}

/**
 * What went wrong with a request that the server made, in words.
 *
 * @param origin - Without path and query, which may have keys in them.
 */
export function describeGatewayFailure(error: unknown, origin: string, msMax: number): FailedReply {
  const { code, name, message } = failureCause(error);
  if (code === addressNotAllowed)
    return failedRequest(
      `${message}. Start the server with --allow-call-to <address or range> if steps are meant to`,
      "address_not_allowed",
      true,
    );
  if (name === "TimeoutError" || code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT")
    return failedRequest(`${origin} did not answer within ${formatDuration(msMax)} (callMsMax)`);
  if (name === "AbortError") return failedRequest(`the request to ${origin} was given up`);
  if (code === "UND_ERR_INVALID_ARG") return failedRequest(`it cannot be sent: ${message}`, "gateway_request_invalid", true);
  return failedRequest(`${wordsOf[code]?.(origin) ?? `${origin} could not be asked: ${message}`}${code === "" ? "" : ` (${code})`}`);
}

const reset = (origin: string): string => `${origin} broke the connection off before its answer was complete`;

const wordsOf: Readonly<Record<string, (origin: string) => string>> = {
  ECONNREFUSED: (origin) => `nothing listens at ${origin}`,
  ENOTFOUND: (origin) => `the name of ${origin} is not known`,
  EAI_AGAIN: (origin) => `the name of ${origin} could not be looked up just now`,
  ETIMEDOUT: (origin) => `${origin} does not answer`,
  UND_ERR_CONNECT_TIMEOUT: (origin) => `${origin} does not take connections`,
  ECONNRESET: reset,
  EPIPE: reset,
  UND_ERR_SOCKET: reset,
};
