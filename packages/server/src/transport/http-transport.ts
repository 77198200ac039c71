// Calls apps over HTTP.
//
// T1. A call is answered with a reply, whatever goes wrong on the way.
// T2. What an app sends is bounded before it is parsed, after decompression, and a call has an end.
// T3. A redirect gets the same method, body, headers and query, up to a named number of them.

import { createHmac } from "node:crypto";
import type { Call, Transport } from "@stepwell/engine";
import {
  type CallContent,
  callHeaders,
  callUrl,
  encodeCallBody,
  epochMs,
  eventMapJson,
  headerNames,
  hmacSecret,
  isInProcessUrl,
  limits,
  memoWithoutTypes,
  ownSdkPrefix,
  type RawReply,
  type Reply,
  readReply,
} from "@stepwell/protocol";
import type { Agent } from "undici";
import type { AddressGuard } from "./address-guard.ts";
import { CallEnd } from "./call-end.ts";
import { describeFailure, failedCall } from "./call-failure.ts";
import { decodeBody } from "./decode-body.ts";
import { Exchange, type ExchangeReply } from "./exchange.ts";
import { appAgent } from "./http-client.ts";

export interface HttpTransportOptions {
  /** Signs calls; read for each, since it may change. Absent in dev, where SDKs do not look. */
  readonly signingKey: string | undefined;
  /** Wall time, for signatures and `Retry-After`: apps know no other. */
  readonly wallNow: () => number;
  /** How long a call may take, in ms, its reply included; `limits.callMsMax` without it. */
  readonly callMsMax?: number;
  /** Where calls may go; anywhere without it. */
  readonly guard?: AddressGuard;
}

/** Go's SDK takes all state from the body; it does not fetch any. */
const readsOnlyBody = (sdk: string): boolean => sdk.startsWith("go:");

export function httpTransport(options: HttpTransportOptions): Transport & { close(): Promise<void> } {
  const callMsMax = options.callMsMax ?? limits.callMsMax;
  let agent: Agent | undefined;
  const connect = async (): Promise<Agent> => {
    const made = await appAgent({ guard: options.guard, replyMsMax: callMsMax });
    // Calls that began together each make one, and the first is used.
    agent ??= made;
    return agent;
  };
  return {
    inProcess: false,
    reaches: ({ url }) => !isInProcessUrl(url),
    async call(call, signal) {
      const end = new CallEnd();
      const timer = setTimeout(() => end.giveUp(new DOMException("the call took too long", "TimeoutError")), callMsMax);
      timer.unref();
      signal?.addEventListener("abort", () => end.giveUp(new DOMException("the call was given up", "AbortError")), { once: true });
      try {
        const raw = await send(call, options, agent ?? (await connect()), end);
        return "kind" in raw ? raw : readReply(raw, epochMs(options.wallNow()));
      } catch (error) {
        return describeFailure(end.reason ?? error, call.target.url, callMsMax);
      } finally {
        clearTimeout(timer);
      }
    },
    async close() {
      await agent?.destroy();
    },
  };
}

async function send(call: Call, options: HttpTransportOptions, agent: Agent, end: CallEnd): Promise<RawReply | Reply> {
  const written = writeBody(call, options.signingKey !== undefined);
  if ("kind" in written) return written;
  const { body, content } = written;
  const headers = callHeaders(content);
  if (options.signingKey !== undefined) headers[headerNames.signature] = signature(options.signingKey, body, options.wallNow());
  let { origin, path } = addressOf(call);
  for (let redirects = 0; ; redirects += 1) {
    const reply = await end.watch(new Exchange(agent, { origin, path, headers, body, replyBytesMax: limits.replyBytesMax }));
    const location = reply.headers["location"];
    if (!isRedirect(reply.status) || typeof location !== "string") return readBody(reply);
    if (redirects === limits.redirectsMax)
      return failedCall(
        "too_many_redirects",
        `the app redirected the call more than ${limits.redirectsMax} times (redirectsMax), last to ${location.slice(0, 200)}`,
      );
    ({ origin, path } = follow(origin + path, location));
  }
}

interface Address {
  readonly origin: string;
  /** With the query. */
  readonly path: string;
}

const addresses = new Map<string, Address>();
/** More than all functions of any server have; beyond it the addresses are taken apart anew. */
const addressesMax = 10_000;

/** Where a call goes. Discoveries of one function all go to one address, which is put together once. */
function addressOf({ target, stepId }: Call): Address {
  if (stepId !== undefined) return addressIn(callUrl(target.url, target.slug, stepId));
  const key = `${target.slug} ${target.url}`;
  const known = addresses.get(key);
  if (known !== undefined) return known;
  const address = addressIn(callUrl(target.url, target.slug, undefined));
  if (addresses.size >= addressesMax) addresses.clear();
  addresses.set(key, address);
  return address;
}

/** The signature's header value, synchronously: every call of a signed server has one. */
export function signature(signingKey: string, body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1_000);
  return `t=${seconds}&s=${createHmac("sha256", hmacSecret(signingKey)).update(body).update(String(seconds)).digest("hex")}`;
}

interface CallBody {
  readonly body: string;
  readonly content: CallContent;
}

/** Payloads are bounded where they come in; one that is older than the bound would fail every attempt alike. */
function writeBody(call: Call, isSigned: boolean): CallBody | Reply {
  try {
    return bodyOf(call, isSigned);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = `the call was not made: its event or the result of a step is nested too deep to be signed (${error.message})`;
    return { ...failedCall("json_too_deep", message), noRetry: true };
  }
}

function bodyOf(call: Call, isSigned: boolean): CallBody {
  const events = call.events.map((event) => eventMapJson({ ...event, id: event.externalId ?? event.id }));
  const content: CallContent = {
    events,
    memos: call.target.sdk.startsWith(ownSdkPrefix) ? call.memos : withoutTypes(call.memos),
    attempt: call.attempt,
    maxAttempts: call.maxAttempts,
    plan: call.plan,
    functionUuid: call.target.uuid,
    runId: call.runId,
    itemId: call.itemId,
    generation: call.generation,
    requestId: call.requestId,
    version: call.version,
    useApi: isTooLarge(call) && !readsOnlyBody(call.target.sdk),
    ...(call.stepId === undefined ? {} : { stepId: call.stepId }),
    ...(call.stepInput === undefined ? {} : { stepInput: call.stepInput }),
  };
  return { body: encodeCallBody(content, { canonical: isSigned }), content };
}

/** A run that began with our SDK and goes on with another. */
function withoutTypes(memos: Call["memos"]): Call["memos"] {
  return new Map([...memos].map(([id, memo]) => [id, memoWithoutTypes(memo)]));
}

/** Below the limit by so much that what stands around the results fits too. */
const roomForContextBytes = 1_024;

function isTooLarge(call: Call): boolean {
  // The first event stands in the body twice: alone, and in the list.
  const [first] = call.events;
  const input = call.stepInput?.input ?? "";
  let length = (first?.data.length ?? 0) + input.length;
  for (const memo of call.memos.values()) length += memo.length + 44;
  for (const event of call.events) length += event.data.length;
  if (length * 3 <= limits.callBodyBytesMax - roomForContextBytes) return false;
  let bytes = Buffer.byteLength(input) + (first === undefined ? 0 : Buffer.byteLength(first.data));
  for (const memo of call.memos.values()) bytes += Buffer.byteLength(memo) + 44;
  for (const event of call.events) bytes += Buffer.byteLength(event.data);
  return bytes > limits.callBodyBytesMax - roomForContextBytes;
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

function addressIn(text: string): Address {
  const { origin, pathname, search } = new URL(text);
  return { origin, path: pathname + search };
}

/** The new address, with what the query had and the new one does not say. */
function follow(from: string, location: string): Address {
  const url = new URL(location, from);
  for (const [name, value] of new URL(from).searchParams) if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  return addressIn(url.href);
}

function readBody({ status, headers, body }: ExchangeReply): RawReply | Reply {
  const decoded = body === "too_large" ? body : decodeBody(body, headers["content-encoding"], limits.replyBytesMax);
  if (decoded !== "too_large") return { status, headers: flatten(headers), body: decoded };
  const message = `Your function's response body exceeds the maximum size limit: ${limits.replyBytesMax} bytes (replyBytesMax)`;
  return failedCall("output_too_large", message, status);
}

/** The client gives names in lower case. */
function flatten(headers: ExchangeReply["headers"]): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) flat[name] = typeof value === "string" ? value : value.join(", ");
  }
  return flat;
}
