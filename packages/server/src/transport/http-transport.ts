// Calls apps over HTTP.
//
// T1. A call is answered with a reply, whatever goes wrong on the way.
// T2. What an app sends is bounded before it is parsed, after decompression, and a call has an end.
// T3. A redirect gets the same method, body, headers and query, up to a named number of them.
// T4. Calls of one turn go to an app in one request where it takes them so (call-bundles.ts). What they mean is the same.

import { createHmac } from "node:crypto";
import type { Call, Transport } from "@stepwell/engine";
import {
  type CallContent,
  callHeaders,
  callUrl,
  encodeBundledCall,
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
import { CallBundles } from "./call-bundles.ts";
import { CallEnd } from "./call-end.ts";
import { describeFailure, failedCall } from "./call-failure.ts";
import { decodeBody } from "./decode-body.ts";
import { Exchange, type ExchangeReply } from "./exchange.ts";
import { flattenHeaders } from "./flatten-headers.ts";
import { appAgent } from "./http-client.ts";
import { tooLarge } from "./too-large.ts";

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
  const bundles = new CallBundles({
    dispatcher: () => agent as Agent,
    signatureOf: (body) => (options.signingKey === undefined ? undefined : signature(options.signingKey, body, options.wallNow())),
  });
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
        const raw = await send(call, options, { agent: agent ?? (await connect()), bundles }, end);
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

interface Ways {
  readonly agent: Agent;
  readonly bundles: CallBundles;
}

async function send(call: Call, options: HttpTransportOptions, { agent, bundles }: Ways, end: CallEnd): Promise<RawReply | Reply> {
  const written = writeBody(call, options.signingKey !== undefined);
  if ("kind" in written) return written;
  const { body, content } = written;
  const headers = callHeaders(content);
  if (options.callMsMax !== undefined) headers[headerNames.callMs] = String(options.callMsMax);
  const address = addressOf(call);
  if (bundles.takes(address.app) && !content.useApi && body.length <= limits.bundledCallBytesMax) {
    const { slug } = call.target;
    const text = encodeBundledCall({ fnId: slug, stepId: call.stepId ?? "step", headers: ownHeaders(headers), body });
    const reply = await end.watch(bundles.add(address.app, text));
    if (reply !== "alone") return reply;
  }
  if (options.signingKey !== undefined) headers[headerNames.signature] = signature(options.signingKey, body, options.wallNow());
  let { origin, path } = address;
  for (let redirects = 0; ; redirects += 1) {
    const reply = await end.watch(new Exchange(agent, { origin, path, headers, body, replyBytesMax: limits.replyBytesMax }));
    if (redirects === 0) bundles.learn(address.app, reply.headers);
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

/** Those that differ from call to call. */
function ownHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const { "content-type": _, "user-agent": __, "accept-encoding": ___, ...own } = headers;
  return own;
}

interface Address {
  readonly origin: string;
  /** With the query. */
  readonly path: string;
  /** Of the app's handler, whatever the function: calls to it can go together. */
  readonly app: string;
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
    ...(call.isRerun === true ? { isRerun: true } : {}),
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
  const url = new URL(text);
  const { origin, pathname, search } = url;
  url.searchParams.delete("fnId");
  url.searchParams.delete("stepId");
  return { origin, path: pathname + search, app: url.href };
}

/** The new address, with what the query had and the new one does not say. */
function follow(from: string, location: string): Address {
  const url = new URL(location, from);
  for (const [name, value] of new URL(from).searchParams) if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  return addressIn(url.href);
}

function readBody({ status, headers, body }: ExchangeReply): RawReply | Reply {
  const decoded = body === "too_large" ? body : decodeBody(body, headers["content-encoding"], limits.replyBytesMax);
  return decoded === "too_large" ? tooLarge(status) : { status, headers: flattenHeaders(headers), body: decoded };
}
