// Asks the app at an address to register: a PUT, on which its SDK sends its functions back.

import type { Engine } from "@stepwell/engine";
import { headerNames, isObject, limits, normaliseAppUrl, parseInBandSync, parseJson, textOf } from "@stepwell/protocol";
import type { Dispatcher } from "undici";
import { type ServerSettings, serverKindOf } from "../settings.ts";
import { describeFailure } from "../transport/call-failure.ts";
import { appAgent, httpClient } from "../transport/http-client.ts";
import { signature } from "../transport/http-transport.ts";

export type SyncResult = { readonly kind: "synced" } | { readonly kind: "failed"; readonly message: string };

export type SyncKind = "in_band" | "out_of_band";

export interface AppSyncer {
  /**
   * Resolves when the app has answered; an app that registers does so while it is being asked. In band, the app is asked
   * to say what it runs in its answer; one that declines registers as usual.
   */
  sync(url: string, kind?: SyncKind): Promise<SyncResult>;
  /** An app has registered from this address. */
  registered(url: string): void;
  /**
   * The registration of an app that had been asked was turned away, and why; the app says nothing of that to whoever asked
   * it. Without its address, which a request without a key does not come to tell, it is taken for the one that is being asked.
   */
  refused(reason: string, url?: string): void;
  /** When the address last registered, in wall ms. */
  lastRegisteredAt(url: string): number | undefined;
  /** Addresses that were asked last in vain and belong to no known app, with the reason. */
  failures(): readonly SyncFailure[];
}

export interface SyncFailure {
  readonly url: string;
  readonly message: string;
  /** Of the last try, in wall ms. */
  readonly triedAt: number;
}

export interface AppSyncerParts {
  readonly engine: Engine;
  readonly settings: ServerSettings;
  readonly wallNow: () => number;
  /** Where apps reach this server, once it listens. */
  readonly ownUrl?: () => string;
}

/** Anybody who may ask for a sync may name any address; the oldest go first. */
const failuresMax = 100;

export function appSyncer(parts: AppSyncerParts): AppSyncer {
  const { engine, wallNow } = parts;
  const registeredAt = new Map<string, number>();
  const failures = new Map<string, SyncFailure>();
  let lastRefusal: { readonly at: number; readonly reason: string; readonly key: string | undefined } | undefined;
  const refusalOf = (url: string, since: number): string | undefined => {
    if (lastRefusal === undefined || lastRefusal.at < since) return undefined;
    return lastRefusal.key === undefined || lastRefusal.key === normaliseAppUrl(url) ? lastRefusal.reason : undefined;
  };
  const appAt = (url: string) => engine.apps().find((each) => normaliseAppUrl(each.url) === normaliseAppUrl(url));
  const remember = (failure: SyncFailure): void => {
    const key = normaliseAppUrl(failure.url);
    failures.delete(key);
    failures.set(key, failure);
    const [oldest] = failures.keys();
    if (failures.size > failuresMax && oldest !== undefined) failures.delete(oldest);
  };
  const failed = async (url: string, message: string): Promise<SyncResult> => {
    const app = appAt(url);
    if (app !== undefined) await engine.setAppError({ appName: app.name, error: message });
    else remember({ url, message, triedAt: wallNow() });
    return { kind: "failed", message };
  };
  return {
    async sync(url, kind = "out_of_band") {
      const before = wallNow();
      const answer = await put(url, kind, parts);
      const result = answer.kind === "in_band" ? await takeInBand(answer.body, engine) : answer;
      if (answer.kind === "in_band" && result.kind === "synced") this.registered(url);
      // What counts is the registration that came in, whatever the app then says to the PUT.
      if ((registeredAt.get(normaliseAppUrl(url)) ?? 0) >= before) return { kind: "synced" };
      if (result.kind === "failed") return failed(url, result.message);
      const refusal = refusalOf(url, before);
      if (answer.kind === "refused") return failed(url, refusal ?? meaningOf(answer.status, parts));
      // It may have registered under another name of its address, or at its own time.
      if (appAt(url) !== undefined || [...registeredAt.values()].some((at) => at >= before)) return { kind: "synced" };
      return failed(url, refusal ?? `the app answered the sync and registered elsewhere${whereToLook(parts)}`);
    },
    registered(url) {
      registeredAt.set(normaliseAppUrl(url), wallNow());
      failures.delete(normaliseAppUrl(url));
    },
    refused(reason, url) {
      lastRefusal = { at: wallNow(), reason, key: url === undefined ? undefined : normaliseAppUrl(url) };
    },
    lastRegisteredAt: (url) => registeredAt.get(normaliseAppUrl(url)),
    failures: () => [...failures.values()].filter(({ url }) => appAt(url) === undefined),
  };
}

/** What the app said of itself, taken or refused as a registration would be. */
async function takeInBand(body: string, engine: Engine): Promise<SyncResult> {
  const parsed = parseInBandSync(body);
  if (parsed.kind === "refused") {
    if (parsed.appName !== undefined) await engine.setAppError({ appName: parsed.appName, error: parsed.message });
    return { kind: "failed", message: parsed.message };
  }
  const outcome = await engine.syncApp(parsed.request);
  return outcome.kind === "synced" ? { kind: "synced" } : { kind: "failed", message: outcome.message };
}

type Answer =
  | SyncResult
  | { readonly kind: "in_band"; readonly body: string }
  /** With a status that says that it went wrong, and no reason of its own. */
  | { readonly kind: "refused"; readonly status: number };

async function put(url: string, kind: SyncKind, { settings, wallNow }: AppSyncerParts): Promise<Answer> {
  const body = JSON.stringify({ url });
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "user-agent": "Inngest",
    [headerNames.serverKind]: serverKindOf(settings),
  };
  if (kind === "in_band") headers[headerNames.syncKind] = kind;
  const [signingKey] = settings.keys.signingKeys;
  if (signingKey !== undefined) headers[headerNames.signature] = signature(signingKey, body, wallNow());
  const until = AbortSignal.timeout(limits.syncMsMax);
  const { request } = await httpClient();
  const agent = settings.guard === undefined ? undefined : await appAgent({ guard: settings.guard, replyMsMax: limits.syncMsMax });
  try {
    let address = url;
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
      address = new URL(location, address).href;
    }
    return { kind: "failed", message: `the app redirects in a circle, last to ${address.slice(0, 200)}` };
  } catch (error) {
    return { kind: "failed", message: describeFailure(error, url, limits.syncMsMax).error.message };
  } finally {
    // Syncs are seldom; a connection that nobody needs for hours is not kept.
    await agent?.destroy();
  }
}

function meaningOf(status: number, parts: AppSyncerParts): string {
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
function whereToLook({ settings, ownUrl }: AppSyncerParts): string {
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
