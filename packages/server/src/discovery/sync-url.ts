// Asks the app at an address to register: a PUT, on which its SDK sends its functions back.

import type { Engine } from "@stepwell/engine";
import { headerNames, limits, normaliseAppUrl, parseInBandSync } from "@stepwell/protocol";
import { type ServerSettings, serverKindOf } from "../settings.ts";
import { describeFailure } from "../transport/call-failure.ts";
import { httpClient } from "../transport/http-client.ts";
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
  /** When the address last registered, in wall ms. */
  lastRegisteredAt(url: string): number | undefined;
}

export function appSyncer(parts: {
  readonly engine: Engine;
  readonly settings: ServerSettings;
  readonly wallNow: () => number;
}): AppSyncer {
  const registeredAt = new Map<string, number>();
  return {
    async sync(url, kind = "out_of_band") {
      const before = parts.wallNow();
      const answer = await put(url, kind, parts);
      const result = answer.kind === "in_band" ? await takeInBand(answer.body, parts.engine) : answer;
      if (answer.kind === "in_band" && result.kind === "synced") this.registered(url);
      const app = parts.engine.apps().find((each) => normaliseAppUrl(each.url) === normaliseAppUrl(url));
      // What counts is the registration that came in, whatever the app then says to the PUT.
      const hasRegistered = (registeredAt.get(normaliseAppUrl(url)) ?? 0) >= before;
      if (hasRegistered) return { kind: "synced" };
      if (app !== undefined && result.kind === "failed") await parts.engine.setAppError({ appName: app.name, error: result.message });
      return result;
    },
    registered(url) {
      registeredAt.set(normaliseAppUrl(url), parts.wallNow());
    },
    lastRegisteredAt: (url) => registeredAt.get(normaliseAppUrl(url)),
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

type Answer = SyncResult | { readonly kind: "in_band"; readonly body: string };

async function put(
  url: string,
  kind: SyncKind,
  { settings, wallNow }: { readonly settings: ServerSettings; readonly wallNow: () => number },
): Promise<Answer> {
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
  try {
    let address = url;
    for (let redirects = 0; redirects <= limits.redirectsMax; redirects += 1) {
      const response = await request(address, { method: "PUT", headers, body, signal: until });
      const location = response.headers["location"];
      if (response.statusCode < 300 || response.statusCode > 399 || typeof location !== "string")
        return readAnswer(response.statusCode, await response.body.text(), response.headers[headerNames.syncKind] === "in_band");
      await response.body.dump();
      address = new URL(location, address).href;
    }
    return { kind: "failed", message: `the app redirects in a circle, last to ${address.slice(0, 200)}` };
  } catch (error) {
    return { kind: "failed", message: describeFailure(error, url, limits.syncMsMax).error.message };
  }
}

const meaningOf: Readonly<Record<number, string>> = {
  401: "the app refused the sync (401): its signing key is not the server's",
  403: "the app refused the sync (403)",
  404: "there is no serve handler at this address (404); check the path, /api/inngest by default",
  500: "the app failed to answer the sync (500); its own log says why",
};

function readAnswer(status: number, body: string, isInBand: boolean): Answer {
  if (status >= 200 && status < 300) return isInBand ? { kind: "in_band", body } : { kind: "synced" };
  let message: unknown;
  try {
    message = (JSON.parse(body) as { readonly message?: unknown }).message;
  } catch {
    message = undefined; // Not an SDK's answer; the status says enough.
  }
  if (status === 400 && typeof message === "string") return { kind: "failed", message };
  return { kind: "failed", message: meaningOf[status] ?? `the app answered the sync with HTTP ${status}` };
}
