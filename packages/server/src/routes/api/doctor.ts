import { parseJson } from "@stepwell/protocol";
import { probeApp } from "../../discovery/probe-app.ts";
import { keyView } from "../../keys/key-view.ts";
import { json } from "../../problem.ts";
import { route } from "../../route.ts";

/** `GET /api/v1/doctor`: how the server and its apps are, as the server sees them. Every app is asked. */
export const getDoctor = route({
  method: "GET",
  path: "/api/v1/doctor",
  summary: "How the server and its apps are",
  access: "signing_key",
  errors: "problem",
  async handle({ engine, settings, storeFacts, syncer }) {
    const wallNow = Date.now;
    const now = wallNow();
    const keys = settings.keys.list().filter(({ state }) => state !== "revoked");
    const count = (kind: "signing" | "event"): number => keys.filter((key) => key.kind === kind).length;
    const apps = engine.apps().map(async ({ name, url, sdk, error, failingSince, warnings }) => ({
      id: name,
      url,
      sdk,
      error: error ?? null,
      failingSince: failingSince ?? null,
      rivals: syncer.rivals(name).map((rival) => rival.url),
      warnings: warnings === undefined ? [] : parseJson(warnings),
      probe: await probeApp(url, { settings, wallNow }),
    }));
    return json(200, {
      data: {
        version: settings.version,
        mode: settings.mode,
        node: process.versions.node,
        pid: process.pid,
        now,
        store: { kind: settings.storeKind, ...storeFacts?.() },
        keys: {
          signing: count("signing"),
          event: count("event"),
          replaced: keys.filter(({ endsAt }) => endsAt !== undefined).map(keyView),
        },
        apps: await Promise.all(apps),
      },
    });
  },
});
