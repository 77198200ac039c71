import {
  asJson,
  type ErrorCode,
  headerNames,
  isObject,
  limits,
  normaliseAppUrl,
  parseJson,
  parseRegisterRequest,
  textOf,
} from "@stepwell/protocol";
import { notUtf8, notUtf8Message, readText, tooLong } from "../../body.ts";
import type { AnswersWhat } from "../../discovery/open-asks.ts";
import { envelopeError, json } from "../../problem.ts";
import { route } from "../../route.ts";
import { serverKindOf } from "../../settings.ts";

/**
 * `POST /fn/register`: an app says what it runs. It is taken or refused as a whole. SDKs read the status from the body
 * and show nothing of an error but its text, so the text names everything.
 */
export const registerApp = route({
  method: "POST",
  path: "/fn/register",
  summary: "Register an app",
  access: "signing_key",
  errors: "envelope",
  refused({ syncer }, request) {
    const reason = "the server refused the app's registration (401): the app has another signing key than the server, or none";
    syncer.refused(reason, answersOf(request, undefined));
  },
  async handle({ engine, settings, syncer, request }) {
    const expected = request.headers.get(headerNames.expectedServerKind);
    const kind = serverKindOf(settings);
    const text = await readText(request, limits.registerBodyBytesMax);
    if (text === tooLong)
      return envelopeError({
        code: "body_too_large",
        detail: `the registration is over ${limits.registerBodyBytesMax} bytes (registerBodyBytesMax)`,
      });
    const refuse = (code: ErrorCode, detail: string, data: unknown, appName?: string): Response => {
      syncer.refused(detail, answersOf(request, text === notUtf8 ? undefined : urlOf(text)), appName);
      return envelopeError({ code, detail, data, status: 400 });
    };
    if (expected !== null && expected !== "" && expected !== kind)
      return refuse("server_kind_mismatch", `Expected server kind ${kind}, got ${expected}`, null);
    if (text === notUtf8) return refuse("invalid_json", notUtf8Message, null);
    const parsed = parseRegisterRequest(text);
    if (parsed.kind === "refused") {
      if (parsed.appName !== undefined) await engine.setAppError({ appName: parsed.appName, error: parsed.message });
      return refuse(parsed.code, parsed.message, parsed.problems.length === 0 ? null : parsed.problems, parsed.appName);
    }
    const outcome = await syncer.register(parsed.request, answersOf(request, parsed.request.url));
    if (outcome.kind === "refused")
      return envelopeError({ code: outcome.code, detail: outcome.message, data: outcome.problems, status: 400 });
    const syncId = crypto.randomUUID();
    return json(200, {
      ok: true,
      modified: outcome.modified,
      sync_id: syncId,
      app_id: outcome.app.uuid,
      status: 200,
      ...(outcome.warnings.length === 0 ? {} : { warnings: outcome.warnings }),
    });
  },
});

/** `DELETE /fn/remove?url=`: forgets the app at an address. */
export const removeApp = route({
  method: "DELETE",
  path: "/fn/remove",
  summary: "Forget the app at an address",
  access: "signing_key",
  errors: "envelope",
  async handle({ engine, syncer, url }) {
    const address = url.searchParams.get("url") ?? "";
    const app = engine.apps().find((each) => normaliseAppUrl(each.url) === normaliseAppUrl(address));
    if (app === undefined) return envelopeError({ code: "app_not_found", detail: `no app is known at ${asJson(address)}` });
    await engine.removeApp({ appName: app.name, runs: "drain" });
    syncer.forget(app.name);
    return json(200, { ok: true, status: 200 });
  },
});

function answersOf(request: Request, url: string | undefined): AnswersWhat {
  const wasAsked = (request.headers.get(headerNames.expectedServerKind) ?? "") !== "";
  const syncId = new URL(request.url).searchParams.get("deployId") ?? "";
  return { syncId: syncId === "" ? undefined : syncId, wasAsked, url };
}

/** As every SDK spells it. */
function urlOf(text: string): string | undefined {
  const body = parseJson(text);
  return isObject(body) ? textOf(body["url"]) : undefined;
}
