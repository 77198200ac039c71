// Asks the app at an address how it is, without making it do anything: a signed GET, which SDKs answer with what they know
// of themselves and of the key it was signed with.

import { headerNames, isObject, parseJson, textOf } from "@stepwell/protocol";
import { type ServerSettings, serverKindOf } from "../settings.ts";
import { describeFailure } from "../transport/call-failure.ts";
import { appAgent, httpClient } from "../transport/http-client.ts";
import { signature } from "../transport/http-transport.ts";

export type AppProbe =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly tookMs: number;
      /** What the SDK calls itself; `null`: what answers is no SDK. */
      readonly sdk: string | null;
      /** Of the app's clock before this one. HTTP tells whole seconds; less than one and a half counts as none. */
      readonly clockAheadMs: number | null;
      /** `dev` or `cloud`, as the app says. */
      readonly mode: string | null;
      /** Whether the app took the server's signature; `null`: it did not look. */
      readonly isSignatureTaken: boolean | null;
      /** Whether the app's event key is one of the server's; `null`: it did not say. */
      readonly isEventKeyKnown: boolean | null;
      /** The id of the server's signing key that the app has; `null`: it did not say, or it is none of them. Older servers do not tell. */
      readonly signingKeyId?: string | null;
    }
  | { readonly kind: "failed"; readonly message: string };

/** An app that takes longer is in trouble, and whoever asks is waiting. */
const probeMsMax = 3_000;
const probeBytesMax = 64 * 1024;
const clockGrainMs = 1_500;

export async function probeApp(
  url: string,
  { settings, wallNow }: { readonly settings: ServerSettings; readonly wallNow: () => number },
): Promise<AppProbe> {
  const [signingKey] = settings.keys.signingKeys;
  const before = wallNow();
  const agent = settings.guard === undefined ? undefined : await appAgent({ guard: settings.guard, replyMsMax: probeMsMax });
  try {
    const { request } = await httpClient();
    const response = await request(url, {
      method: "GET",
      signal: AbortSignal.timeout(probeMsMax),
      ...(agent === undefined ? {} : { dispatcher: agent }),
      headers: {
        accept: "application/json",
        [headerNames.serverKind]: serverKindOf(settings),
        ...(signingKey === undefined ? {} : { [headerNames.signature]: signature(signingKey, "", before) }),
      },
    });
    const body = parseJson(await beginningOf(response.body as AsyncIterable<Buffer>));
    const after = wallNow();
    return {
      kind: "answered",
      status: response.statusCode,
      tookMs: after - before,
      sdk: header(response.headers[headerNames.sdk]),
      clockAheadMs: clockAhead(header(response.headers["date"]), (before + after) / 2),
      ...(await introspection(isObject(body) ? body : {}, response.statusCode, settings)),
    };
  } catch (error) {
    return { kind: "failed", message: describeFailure(error, url, probeMsMax).error.message };
  } finally {
    await agent?.destroy();
  }
}

async function introspection(
  body: Readonly<Record<string, unknown>>,
  status: number,
  settings: ServerSettings,
): Promise<Pick<Extract<AppProbe, { kind: "answered" }>, "mode" | "isSignatureTaken" | "isEventKeyKnown" | "signingKeyId">> {
  const isTaken = body["authentication_succeeded"];
  const digest = textOf(body["event_key_hash"]);
  return {
    mode: textOf(body["mode"]) ?? null,
    isSignatureTaken: typeof isTaken === "boolean" ? isTaken : status === 401 ? false : null,
    isEventKeyKnown: digest === undefined || !settings.keys.hasEventKeys ? null : settings.keys.isEventDigest(digest),
    signingKeyId: (await settings.keys.signingKeyIdOf(textOf(body["signing_key_hash"]) ?? "")) ?? null,
  };
}

async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > probeBytesMax) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function header(value: string | readonly string[] | undefined): string | null {
  return typeof value === "string" ? value : (value?.[0] ?? null);
}

function clockAhead(date: string | null, now: number): number | null {
  const told = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(told)) return null;
  // The header has cut the fraction off: half a second of it on average.
  const ahead = told + 500 - now;
  return Math.abs(ahead) < clockGrainMs ? 0 : Math.round(ahead);
}
