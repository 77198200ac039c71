import type { Engine } from "@stepwell/engine";
import type { AppRecord } from "@stepwell/store";
import { route } from "../../route.ts";
import { findApp, findAppFunction } from "./find-app-function.ts";
import { functionMessage } from "./function-message.ts";
import { listRunsV2, runParameters } from "./list-runs-v2.ts";
import { message } from "./message.ts";
import { pageOfList, readPageV2 } from "./read-page-v2.ts";
import { replyV2 } from "./reply-v2.ts";
import { instant } from "./run-message.ts";

const pageParameters = ["cursor", "limit"];
const perPage = { usual: 20, most: 100 };

/** `GET /v2/apps`. No app is ever archived here: one that was removed is gone. */
export const listAppsV2 = route({
  method: "GET",
  path: "/v2/apps",
  summary: "Apps",
  query: [...pageParameters, "archived"],
  access: "signing_key",
  errors: "list",
  handle({ engine, url }) {
    const asked = readPageV2(url, perPage);
    if (asked instanceof Response) return asked;
    const apps = url.searchParams.get("archived") === "true" ? [] : engine.apps();
    const page = pageOfList(apps, asked, ({ uuid }) => uuid);
    if (page instanceof Response) return page;
    return replyV2(
      page.rows.map((app) => appMessage(engine, app)),
      engine.now(),
      page.page,
    );
  },
});

/** `GET /v2/apps/:appId`. */
export const getAppV2 = route({
  method: "GET",
  path: "/v2/apps/:appId",
  summary: "One app",
  query: [],
  access: "signing_key",
  errors: "list",
  handle({ engine, params }) {
    const app = findApp(engine, params["appId"] ?? "");
    return app instanceof Response ? app : replyV2(appMessage(engine, app), engine.now());
  },
});

/** `GET /v2/apps/:appId/functions`. */
export const listFunctionsV2 = route({
  method: "GET",
  path: "/v2/apps/:appId/functions",
  summary: "The functions of an app",
  query: pageParameters,
  access: "signing_key",
  errors: "list",
  handle({ engine, params, url }) {
    const app = findApp(engine, params["appId"] ?? "");
    if (app instanceof Response) return app;
    const asked = readPageV2(url, perPage);
    if (asked instanceof Response) return asked;
    const functions = engine.functions().filter(({ appId }) => appId === app.id);
    const page = pageOfList(functions, asked, ({ uuid }) => uuid);
    if (page instanceof Response) return page;
    return replyV2(
      page.rows.map((record) => functionMessage(record, app, functions)),
      engine.now(),
      page.page,
    );
  },
});

/** `GET /v2/apps/:appId/functions/:functionId`. */
export const getFunctionV2 = route({
  method: "GET",
  path: "/v2/apps/:appId/functions/:functionId",
  summary: "One function",
  query: [],
  access: "signing_key",
  errors: "list",
  handle({ engine, params }) {
    const found = findAppFunction(engine, params["appId"] ?? "", params["functionId"] ?? "");
    return found instanceof Response ? found : replyV2(functionMessage(found.record, found.app, engine.functions()), engine.now());
  },
});

/** `GET /v2/apps/:appId/functions/:functionId/runs`. */
export const functionRunsV2 = route({
  method: "GET",
  path: "/v2/apps/:appId/functions/:functionId/runs",
  summary: "The runs of a function",
  query: runParameters,
  access: "signing_key",
  errors: "list",
  handle({ engine, params, url }) {
    const found = findAppFunction(engine, params["appId"] ?? "", params["functionId"] ?? "");
    return found instanceof Response ? found : listRunsV2(engine, url, found.record.id);
  },
});

function appMessage(engine: Engine, app: AppRecord): Readonly<Record<string, unknown>> {
  const [language, sdkVersion] = app.sdk.split(":");
  return message({
    id: app.name,
    name: app.name,
    method: "SERVE",
    appVersion: app.appVersion,
    createdAt: instant(app.syncedAt),
    functionCount: engine.functions().filter(({ appId }) => appId === app.id).length,
    latestSync: message({
      status: app.error === undefined ? "success" : "error",
      syncedAt: instant(app.syncedAt),
      sdkLanguage: language,
      sdkVersion: sdkVersion?.replace(/^v/, ""),
      framework: app.framework,
      url: app.url,
      error: app.error,
      appVersion: app.appVersion,
    }),
  });
}
