// Asks the app at an address to register: a PUT, on which its SDK sends its functions back, or says them in its answer.

import { headerNames, isObject, limits, parseJson, textOf } from "@stepwell/protocol";
import type { Dispatcher } from "undici";
import { type ServerSettings, serverKindOf } from "../settings.ts";
import { describeFailure } from "../transport/call-failure.ts";
import { appAgent, httpClient } from "../transport/http-client.ts";
import { signature } from "../transport/http-transport.ts";

export type Answer =
  | { readonly kind: "synced" }
  | { readonly kind: "failed"; readonly message: string; readonly isUnreachable?: true }
  | { readonly kind: "in_band"; readonly body: string }
  /** With a status that says that it went wrong, and no reason of its own. */
  | { readonly kind: "refused"; readonly status: number };

export type SyncKind = "in_band" | "out_of_band";

export interface AskParams {
  readonly url: string;
  readonly kind: SyncKind;
  /** The app repeats it when it registers. */
  readonly syncId: string;
  readonly msMax: number;
}

export interface AskAppParts {
  readonly settings: ServerSettings;
  readonly wallNow: () => number;
  /** Where apps reach this server, once it listens. */
  readonly ownUrl?: () => string;
}

/** Asks; resolves with what the app says, which is not whether it has registered. */
export async function askApp({ url, kind, syncId, msMax }: AskParams, { settings, wallNow }: AskAppParts): Promise<Answer> {
  const body = JSON.stringify({ url });
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "user-agent": "Inngest",
    [headerNames.serverKind]: serverKindOf(settings),
  };
  if (kind === "in_band") headers[headerNames.syncKind] = kind;
  const [signingKey] = settings.keys.signingKeys;
  if (signingKey !== undefined) headers[headerNames.signature] = signature(signingKey, body, wallNow());
  const until = AbortSignal.timeout(msMax);
  const { request } = await httpClient();
  const agent = settings.guard === undefined ? undefined : await appAgent({ guard: settings.guard, replyMsMax: msMax });
  try {
    let address = withSyncId(url, syncId);
    for (let redirects = 0; redirects <= limits.redirectsMax; redirects += 1) {
      const response = await request(address, {
        method: "PUT",
        headers,
        body,
        signal: until,
        ...(agent === undefined ? {} : { dispatcher: agent }),
      });
      const location = response.headers["location"];
      if (response.statusCode < 300 || response.statusCode > 399 || typeof location !== "string") return await readAnswer(response);
      await response.body.dump();
      address = withSyncId(new URL(location, address).href, syncId);
    }
    return { kind: "failed", message: `the app redirects in a circle, last to ${address.slice(0, 200)}` };
  } catch (error) {
    return { kind: "failed", message: describeFailure(error, url, msMax).error.message, isUnreachable: true };
  } finally {
    // Syncs are seldom; a connection that nobody needs for hours is not kept.
    await agent?.destroy();
  }
}

function withSyncId(address: string, syncId: string): string {
  const url = new URL(address);
  url.searchParams.set("deployId", syncId);
  return url.href;
}

/** What a status says that comes without a reason. */
export function meaningOf(status: number, parts: AskAppParts): string {
  switch (status) {
    case 401:
      return "the app refused the sync (401): its signing key is not the server's";
    case 404:
      return "there is no serve handler at this address (404); check the path, /api/inngest by default";
    case 500:
      return `the app failed to answer the sync (500); its own log says why${whereToLook(parts)}`;
    default:
      return `the app answered the sync with HTTP ${status}`;
  }
}

/** Where SDKs look for a dev server when nothing else is said. */
const usualPort = "8288";

/** What an app may lack that finds no server, or another one. */
export function whereToLook({ settings, ownUrl }: AskAppParts): string {
  const url = ownUrl?.();
  if (url === undefined) return "";
  if (settings.mode === "start")
    return `. It needs INNGEST_BASE_URL with this server's address (e.g. ${url}) and the server's key as INNGEST_SIGNING_KEY`;
  return new URL(url).port === usualPort ? "" : `. It finds this server when it is started with INNGEST_DEV=${url}`;
}

async function readAnswer({ statusCode: status, headers, body }: Dispatcher.ResponseData): Promise<Answer> {
  const text = await boundedText(body);
  if (text === undefined)
    return { kind: "failed", message: `the app's answer to the sync is over ${limits.registerBodyBytesMax} bytes (registerBodyBytesMax)` };
  if (status >= 200 && status < 300)
    return headers[headerNames.syncKind] === "in_band" ? { kind: "in_band", body: text } : { kind: "synced" };
  const answer = parseJson(text);
  const message = isObject(answer) ? textOf(answer["message"]) : undefined;
  return status === 400 && message !== undefined ? { kind: "failed", message } : { kind: "refused", status };
}

/** `undefined`: it is longer than a registration may be, and was not read to its end. */
async function boundedText(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limits.registerBodyBytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
