import { asJson, isObject, limits, parseJson, textOf } from "@stepwell/protocol";
import type { AppRecord } from "@stepwell/store";
import { readText } from "../../body.ts";
import type { Rival } from "../../discovery/rivals.ts";
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
      failingSince: app.failingSince === undefined ? null : iso(app.failingSince),
      warnings: warningsOf(app, syncer.rivals(app.name)),
      rivals: syncer.rivals(app.name).map(({ url, seenAt }) => ({ url, seenAt: iso(seenAt) })),
      functions: functions.filter(({ appId }) => appId === app.id).length,
      syncedAt: iso(app.syncedAt),
    }));
    return json(200, { data: [...known, ...syncer.failures().map(unknownApp)] });
  },
});

/** What the last sync said, and what became known since. */
function warningsOf({ name, url, warnings }: AppRecord, rivals: readonly Rival[]): readonly unknown[] {
  const ofSync = warnings === undefined ? [] : parseJson(warnings);
  const text = (rival: Rival): string => `${rival.url} registers the id "${name}" too and is turned away, as long as ${url} answers`;
  return [...(Array.isArray(ofSync) ? ofSync : []), ...rivals.map(text)];
}

/** An address that has not registered: what it is called is not known. */
function unknownApp({ url, message, triedAt }: SyncFailure): Record<string, unknown> {
  const nothing = {
    id: null,
    sdk: null,
    framework: null,
    appVersion: null,
    failingSince: null,
    warnings: [],
    rivals: [],
    functions: 0,
    syncedAt: null,
  };
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
    const result = await syncer.sync(url, { kind: isInBand ? "in_band" : "out_of_band" });
    return result.kind === "synced"
      ? json(200, { data: { url, ok: true } })
      : problem({ code: "http_unreachable", detail: result.message });
  },
});

/**
 * `DELETE /api/v1/apps/:id?runs=drain|cancel`: the app and its functions are no more. With `drain` runs under way are called
 * to their end, with `cancel` they are cancelled. An app that goes on running is back with its next registration.
 */
export const removeAppById = route({
  method: "DELETE",
  path: "/api/v1/apps/:id",
  summary: "Take an app away, and say what becomes of its runs",
  query: ["runs"],
  access: "signing_key",
  errors: "problem",
  async handle({ engine, syncer, params, url }) {
    const runs = url.searchParams.get("runs");
    if (runs !== "drain" && runs !== "cancel")
      return problem({
        code: "invalid_request",
        detail: "what becomes of the app's runs must be said: ?runs=drain lets them end, ?runs=cancel cancels them",
        fields: [{ path: "runs", message: "neither drain nor cancel" }],
      });
    const appName = params["id"] ?? "";
    const result = await engine.removeApp({ appName, runs });
    switch (result.kind) {
      case "removed":
        syncer.forget(appName);
        return json(200, { data: { id: appName, runs, cancellationId: result.cancellationId ?? null } });
      case "not_found":
        return problem({ code: "app_not_found", detail: `no app is called ${asJson(appName.slice(0, 200))}` });
      case "too_many":
        return problem({ code: "bulk_cancels_too_many", detail: `there are ${limits.bulkCancelsMax} cancellations (bulkCancelsMax)` });
      default:
        return result satisfies never;
    }
  },
});
