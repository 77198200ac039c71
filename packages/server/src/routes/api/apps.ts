import { isObject, limits, parseJson, textOf } from "@stepwell/protocol";
import { readText } from "../../body.ts";
import type { SyncFailure } from "../../discovery/sync-url.ts";
import { json, problem } from "../../problem.ts";
import { route } from "../../route.ts";
import { iso } from "./run-view.ts";

/** `GET /api/v1/apps`: those that have registered, and addresses that were asked to and have not. */
export const listApps = route({
  method: "GET",
  path: "/api/v1/apps",
  summary: "Apps, and addresses that were asked to register and have not",
  query: [],
  access: "signing_key",
  errors: "problem",
  handle({ engine, syncer }) {
    const functions = engine.functions();
    const known = engine.apps().map((app) => ({
      id: app.name,
      url: app.url,
      sdk: app.sdk,
      framework: app.framework ?? null,
      appVersion: app.appVersion ?? null,
      error: app.error ?? null,
      warnings: app.warnings === undefined ? [] : parseJson(app.warnings),
      functions: functions.filter(({ appId }) => appId === app.id).length,
      syncedAt: iso(app.syncedAt),
    }));
    return json(200, { data: [...known, ...syncer.failures().map(unknownApp)] });
  },
});

/** An address that has not registered: what it is called is not known. */
function unknownApp({ url, message, triedAt }: SyncFailure): Record<string, unknown> {
  const nothing = { id: null, sdk: null, framework: null, appVersion: null, warnings: [], functions: 0, syncedAt: null };
  return { ...nothing, url, error: message, triedAt: iso(triedAt) };
}

/** `POST /api/v1/apps/sync` with `{ url, kind? }`: asks the app at an address what it runs; in band with `kind: "in_band"`. */
export const syncApp = route({
  method: "POST",
  path: "/api/v1/apps/sync",
  summary: "Ask the app at an address what it runs",
  access: "signing_key",
  errors: "problem",
  async handle({ request, syncer }) {
    const text = await readText(request, limits.apiBodyBytesMax);
    const body = typeof text === "string" ? parseJson(text) : undefined;
    const address = isObject(body) ? textOf(body["url"]) : undefined;
    const url = address === undefined || /^https?:\/\//i.test(address) ? address : `http://${address}`;
    if (url === undefined || !URL.canParse(url))
      return problem({
        code: "invalid_request",
        detail: 'the body is {"url": "http://localhost:3000/api/inngest"}',
        fields: [{ path: "url", message: "not a URL" }],
      });
    const isInBand = isObject(body) && body["kind"] === "in_band";
    const result = await syncer.sync(url, isInBand ? "in_band" : "out_of_band");
    return result.kind === "synced"
      ? json(200, { data: { url, ok: true } })
      : problem({ code: "http_unreachable", detail: result.message });
  },
});
