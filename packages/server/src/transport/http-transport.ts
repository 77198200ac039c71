// Calls apps over HTTP.
//
// T1. A call is answered with a reply, whatever goes wrong on the way.
// T2. What an app sends is bounded before it is parsed, after decompression, and a call has an end.
// T3. A redirect gets the same method, body, headers and query, up to a named number of them.

import { createHmac } from "node:crypto";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { Call, Transport } from "@stepwell/engine";
import {
  asJson,
  type CallContent,
  callHeaders,
  callUrl,
  encodeCallBody,
  epochMs,
  eventMapJson,
  headerNames,
  hmacSecret,
  limits,
  type RawReply,
  type Reply,
  readReply,
} from "@stepwell/protocol";
import type { Agent, Dispatcher } from "undici";
import { describeFailure, failedCall } from "./call-failure.ts";
import { httpClient } from "./http-client.ts";

export interface HttpTransportOptions {
  /** Signs calls; read for each, since it may change. Absent in dev, where SDKs do not look. */
  readonly signingKey: string | undefined;
  /** Wall time, for signatures and `Retry-After`: apps know no other. */
  readonly wallNow: () => number;
  readonly callMsMax?: number;
}

/** Go's SDK takes all state from the body; it does not fetch any. */
const readsOnlyBody = (sdk: string): boolean => sdk.startsWith("go:");

export function httpTransport(options: HttpTransportOptions): Transport & { close(): Promise<void> } {
  const callMsMax = options.callMsMax ?? limits.callMsMax;
  let agent: Promise<Agent> | undefined;
  const connect = async (): Promise<Agent> => {
    const { Agent } = await httpClient();
    return new Agent({
      headersTimeout: callMsMax,
      bodyTimeout: callMsMax,
      keepAliveTimeout: 30_000,
      connectTimeout: 10_000,
      pipelining: 1,
    });
  };
  return {
    inProcess: false,
    async call(call, signal) {
      const end = new AbortController();
      const timer = setTimeout(() => end.abort(new DOMException("the call took too long", "TimeoutError")), callMsMax);
      timer.unref();
      signal?.addEventListener("abort", () => end.abort(), { once: true });
      try {
        agent ??= connect();
        const raw = await send(call, options, await agent, end.signal);
        return "kind" in raw ? raw : readReply(raw, epochMs(options.wallNow()));
      } catch (error) {
        return describeFailure(end.signal.aborted ? end.signal.reason : error, call.target.url, callMsMax);
      } finally {
        clearTimeout(timer);
      }
    },
    async close() {
      await (await agent)?.destroy();
    },
  };
}

async function send(call: Call, options: HttpTransportOptions, agent: Agent, signal: AbortSignal): Promise<RawReply | Reply> {
  const written = writeBody(call, options.signingKey !== undefined);
  if ("kind" in written) return written;
  const { body, content } = written;
  const headers = callHeaders(content);
  if (options.signingKey !== undefined) headers[headerNames.signature] = signature(options.signingKey, body, options.wallNow());
  const { request } = await httpClient();
  let url = addressOf(call);
  for (let redirects = 0; ; redirects += 1) {
    const response = await request(url, { method: "POST", headers, body, dispatcher: agent, signal });
    const location = response.headers["location"];
    if (!isRedirect(response.statusCode) || typeof location !== "string") return readBody(response);
    await response.body.dump();
    if (redirects === limits.redirectsMax)
      return failedCall(
        "too_many_redirects",
        `the app redirected the call more than ${limits.redirectsMax} times (redirectsMax), last to ${location.slice(0, 200)}`,
      );
    url = follow(url, location);
  }
}

const addresses = new Map<string, string>();
/** More than all functions of any server have; beyond it the addresses are taken apart anew. */
const addressesMax = 10_000;

/** Where a call goes. Discoveries of one function all go to one address, which is put together once. */
function addressOf({ target, stepId }: Call): string {
  if (stepId !== undefined) return callUrl(target.url, target.slug, stepId);
  const key = `${target.slug} ${target.url}`;
  const known = addresses.get(key);
  if (known !== undefined) return known;
  const address = callUrl(target.url, target.slug, undefined);
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
    memos: call.memos,
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
  };
  return { body: encodeCallBody(content, { canonical: isSigned }), content };
}

/** Below the limit by so much that what stands around the results fits too. */
const roomForContextBytes = 1_024;

function isTooLarge(call: Call): boolean {
  // The first event stands in the body twice: alone, and in the list.
  const [first] = call.events;
  let length = first?.data.length ?? 0;
  for (const memo of call.memos.values()) length += memo.length + 44;
  for (const event of call.events) length += event.data.length;
  if (length * 3 <= limits.callBodyBytesMax - roomForContextBytes) return false;
  let bytes = first === undefined ? 0 : Buffer.byteLength(first.data);
  for (const memo of call.memos.values()) bytes += Buffer.byteLength(memo) + 44;
  for (const event of call.events) bytes += Buffer.byteLength(event.data);
  return bytes > limits.callBodyBytesMax - roomForContextBytes;
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** The new address, with what the query had and the new one does not say. */
function follow(from: string, location: string): string {
  const url = new URL(location, from);
  for (const [name, value] of new URL(from).searchParams) if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  return url.href;
}

async function readBody(response: Dispatcher.ResponseData): Promise<RawReply | Reply> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limits.replyBytesMax) return tooLarge(response);
    chunks.push(chunk);
  }
  const decoded = decode(Buffer.concat(chunks), response.headers["content-encoding"]);
  if (decoded === "too_large") return tooLarge(response);
  return { status: response.statusCode, headers: flatten(response.headers), body: decoded };
}

function tooLarge(response: Dispatcher.ResponseData): Reply {
  response.body.destroy();
  const message = `Your function's response body exceeds the maximum size limit: ${limits.replyBytesMax} bytes (replyBytesMax)`;
  return failedCall("output_too_large", message, response.statusCode);
}

function decode(body: Buffer, encoding: string | readonly string[] | undefined): string | "too_large" {
  if (encoding === undefined || encoding === "" || encoding === "identity") return body.toString("utf8");
  try {
    if (encoding === "gzip") return gunzipSync(body, { maxOutputLength: limits.replyBytesMax }).toString("utf8");
    if (encoding === "br") return brotliDecompressSync(body, { maxOutputLength: limits.replyBytesMax }).toString("utf8");
  } catch (error) {
    if (error instanceof RangeError) return "too_large";
    throw new Error(`the reply says that it is ${String(encoding)} and is not`, { cause: error });
  }
  throw new Error(`the reply has the content encoding ${asJson(encoding)}, and only gzip and br are read`);
}

function flatten(headers: Dispatcher.ResponseData["headers"]): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  return flat;
}
