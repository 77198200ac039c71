// Makes the requests of `step.fetch` and `step.ai.infer` with the `fetch` of this process. What a server refuses to call for
// others (addresses of its own network) the code of this process may call anyway, so there is no guard.
//
// G1. A request is answered with a reply, whatever goes wrong on the way; it has an end, and so has what is read of it.
// G2. A redirect gets the same method, body and headers; what is a key to one host is not sent to another.

import type { Gateway, GatewayReply } from "@stepwell/engine";
import { formatDuration, type GatewayHeader, type GatewayRequest, isSecretHeader, limits } from "@stepwell/protocol";

const redirects = new Set([301, 302, 303, 307, 308]);

export function fetchGateway({ msMax }: { readonly msMax: number }): Gateway {
  return {
    async send(request, signal) {
      const { origin } = new URL(request.url);
      try {
        return await follow(request, AbortSignal.any([signal, AbortSignal.timeout(msMax)]));
      } catch (error) {
        return describeFailure(error, origin, msMax);
      }
    },
  };
}

async function follow(request: GatewayRequest, signal: AbortSignal): Promise<GatewayReply> {
  let url = new URL(request.url);
  let { headers } = request;
  for (let turns = 0; ; turns += 1) {
    const response = await fetch(url, {
      method: request.method,
      headers: headers.map(([name, value]): [string, string] => [name, value]),
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: "manual",
      signal,
    });
    const location = response.headers.get("location");
    if (!redirects.has(response.status) || location === null) return answerOf(response, turns === 0 ? request.url : url.href);
    await response.body?.cancel();
    if (turns === limits.redirectsMax) return failed(`it was redirected more than ${limits.redirectsMax} times (redirectsMax)`);
    const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
    if (next === undefined || (next.protocol !== "http:" && next.protocol !== "https:"))
      return failed(`${url.origin} redirects to an address that is none`);
    if (next.origin !== url.origin) headers = headers.filter(isForAnyHost);
    url = next;
  }
}

function isForAnyHost([name]: GatewayHeader): boolean {
  return !isSecretHeader(name) && name.toLowerCase() !== "host";
}

async function answerOf(response: Response, url: string): Promise<GatewayReply> {
  const body = await readText(response);
  if (body === undefined)
    return failed(`the answer is larger than ${limits.gatewayBytesMax} bytes (gatewayBytesMax)`, "output_too_large", true);
  const cookies = response.headers.getSetCookie();
  // Of several cookies an object of the headers has the last alone.
  const headers = { ...Object.fromEntries(response.headers), ...(cookies.length === 0 ? {} : { "set-cookie": cookies }) };
  return { kind: "answer", url, status: response.status, headers, body };
}

/** `undefined`: there is more of it than is kept. */
async function readText(response: Response): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > limits.gatewayBytesMax) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function failed(message: string, code = "gateway_failed", isFinal = false): GatewayReply {
  return { kind: "failed", code, message, isFinal };
}

/** Names the origin alone: path and query may have keys in them. */
function describeFailure(error: unknown, origin: string, msMax: number): GatewayReply {
  const name = error instanceof Error ? error.name : "";
  if (name === "TimeoutError") return failed(`${origin} did not answer within ${formatDuration(msMax)} (callMsMax)`);
  if (name === "AbortError") return failed(`the request to ${origin} was given up`);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
  const code = cause !== undefined && "code" in cause ? ` (${String(cause.code)})` : "";
  return failed(`${origin} could not be asked: ${cause?.message || String(error)}${code}`);
}
