// Makes the requests that steps ask for over HTTP.
//
// G1. A request is answered with a reply, whatever goes wrong on the way; it has an end, and so has what is read of it.
// G2. Each address is looked at by the guard when the connection is made, those of redirects too.
// G3. A redirect gets the same method, body and headers; what is a key to one host is not sent to another.

import type { Gateway, GatewayReply } from "@stepwell/engine";
import { type GatewayHeader, type GatewayRequest, isSecretHeader, limits } from "@stepwell/protocol";
import type { Agent } from "undici";
import type { AddressGuard } from "./address-guard.ts";
import { CallEnd } from "./call-end.ts";
import { decodeBody } from "./decode-body.ts";
import { Exchange, type ExchangeReply } from "./exchange.ts";
import { describeGatewayFailure, failedRequest } from "./gateway-failure.ts";
import { appAgent } from "./http-client.ts";

export interface HttpGatewayOptions {
  /** Where requests may go; anywhere without it. */
  readonly guard?: AddressGuard;
  /** How long a request may take, in ms, its answer included; `limits.callMsMax` without it. */
  readonly msMax?: number;
}

const redirects = new Set([301, 302, 303, 307, 308]);

export function httpGateway(options: HttpGatewayOptions = {}): Gateway & { close(): Promise<void> } {
  const msMax = options.msMax ?? limits.callMsMax;
  let agent: Promise<Agent> | undefined;
  return {
    async send(request, signal) {
      const end = new CallEnd();
      const timer = setTimeout(() => end.giveUp(new DOMException("it took too long", "TimeoutError")), msMax);
      timer.unref();
      signal.addEventListener("abort", () => end.giveUp(new DOMException("it was given up", "AbortError")), { once: true });
      agent ??= appAgent({ guard: options.guard, replyMsMax: msMax });
      let url = new URL(request.url);
      try {
        return await follow(request, await agent, end, (next) => {
          url = next;
        });
      } catch (error) {
        return describeGatewayFailure(end.reason ?? error, url.origin, msMax);
      } finally {
        clearTimeout(timer);
      }
    },
    async close() {
      await (await agent)?.destroy();
    },
  };
}

async function follow(request: GatewayRequest, agent: Agent, end: CallEnd, onTurn: (url: URL) => void): Promise<GatewayReply> {
  let url = new URL(request.url);
  let { headers } = request;
  for (let turns = 0; ; turns += 1) {
    const reply = await end.watch(exchange(agent, request, url, headers));
    const location = reply.headers["location"];
    if (!redirects.has(reply.status) || typeof location !== "string") return answerOf(reply, turns === 0 ? request.url : url.href);
    if (turns === limits.redirectsMax) return failedRequest(`it was redirected more than ${limits.redirectsMax} times (redirectsMax)`);
    const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
    if (next === undefined || (next.protocol !== "http:" && next.protocol !== "https:"))
      return failedRequest(`${url.origin} redirects to an address that is none`);
    if (next.origin !== url.origin) headers = headers.filter(([name]) => !isSecretHeader(name) && name.toLowerCase() !== "host");
    url = next;
    onTurn(url);
  }
}

function exchange(agent: Agent, { method, body }: GatewayRequest, url: URL, headers: readonly GatewayHeader[]): Exchange {
  return new Exchange(agent, {
    method,
    origin: url.origin,
    path: url.pathname + url.search,
    headers: [...headers.flat(), "accept-encoding", "gzip, br"],
    ...(body === undefined ? {} : { body }),
    replyBytesMax: limits.gatewayBytesMax,
  });
}

function answerOf({ status, headers, body }: ExchangeReply, url: string): GatewayReply {
  const text = body === "too_large" ? body : decodeBody(body, headers["content-encoding"], limits.gatewayBytesMax);
  if (text !== "too_large") return { kind: "answer", url, status, headers, body: text };
  const message = `the answer is larger than ${limits.gatewayBytesMax} bytes (gatewayBytesMax)`;
  return failedRequest(message, "output_too_large", true);
}
