// The HTTP side of the server: every route of the table behind trust, with one place for what goes wrong.

import type { Engine } from "@stepwell/engine";
import { headerNames, StepwellError } from "@stepwell/protocol";
import { type Context, Hono } from "hono";
import type { AppSyncer } from "./discovery/sync-url.ts";
import { MetricsTally } from "./metrics/metrics-tally.ts";
import { serverMetrics } from "./metrics/server-metrics.ts";
import { refusal } from "./problem.ts";
import { refuseParameters } from "./refuse-parameters.ts";
import type { ErrorForm, Route, RouteParts, RouteRequest } from "./route.ts";
import { notMounted, routeTable } from "./route-table.ts";
import { type ServerSettings, serverKindOf } from "./settings.ts";
import type { StoreFacts } from "./store-facts.ts";
import { corsHeaders, refuse } from "./trust.ts";

export interface AppParts {
  readonly engine: Engine;
  readonly settings: ServerSettings;
  readonly syncer: AppSyncer;
  /** What the engine's observer and transport counted; absent: `/metrics` knows present values only. */
  readonly tally?: MetricsTally;
  /** Absent: the store is no file. */
  readonly storeFacts?: () => StoreFacts;
  /** Told of what should not happen; never of a payload. */
  readonly onError?: (error: unknown, about: { readonly method: string; readonly path: string }) => void;
}

export interface HttpApp {
  fetch(request: Request): Response | Promise<Response>;
}

/** A function from requests to responses; it needs no socket. */
export function createApp(parts: AppParts): HttpApp {
  const { settings } = parts;
  const kind = serverKindOf(settings);
  const hono = new Hono({ strict: false });
  const routes = routeTable.filter((each) => isServed(each, settings));
  const routeParts: RouteParts = {
    engine: parts.engine,
    settings,
    syncer: parts.syncer,
    storeFacts: parts.storeFacts,
    routes,
    metrics: serverMetrics({
      engine: parts.engine,
      tally: parts.tally ?? new MetricsTally(),
      about: { version: settings.version, mode: settings.mode, store: settings.storeKind },
      storeFacts: parts.storeFacts,
      alerts: settings.alerts,
    }),
  };
  for (const route of routes) {
    if (route.devOnly === true && settings.mode !== "dev") continue;
    hono.on(route.method, route.path, (context) => serveRoute(route, context, parts, routeParts, kind));
  }
  hono.options("/e/*", (context) => new Response(null, { status: 204, headers: corsHeaders(context.req.raw, settings) }));
  hono.notFound((context) => {
    const params = { code: "not_found", detail: `there is no ${context.req.method} ${context.req.path}` } as const;
    const response = refusal(formOf(context.req.path), params);
    response.headers.set(headerNames.serverKind, kind);
    return response;
  });
  return { fetch: (request) => hono.fetch(request) };
}

function isServed(route: Route, { noUi, isMounted }: ServerSettings): boolean {
  return !(noUi === true && route.forDashboards === true) && !(isMounted === true && notMounted.has(route));
}

/** Of a path that nothing is at. */
function formOf(path: string): ErrorForm {
  if (path.startsWith("/api/v1/")) return "problem";
  return /^\/(api\/)?v2\//.test(path) ? "list" : "envelope";
}

async function serveRoute(route: Route, context: Context, parts: AppParts, routeParts: RouteParts, kind: string): Promise<Response> {
  const request = context.req.raw;
  const response = await answer(route, context, parts, routeParts);
  response.headers.set(headerNames.serverKind, kind);
  if (route.access === "event_key")
    for (const [name, value] of Object.entries(corsHeaders(request, parts.settings))) response.headers.set(name, value);
  return response;
}

async function answer(route: Route, context: Context, parts: AppParts, routeParts: RouteParts): Promise<Response> {
  const request = context.req.raw;
  try {
    const refusal = await refuse(route, request, parts.settings);
    if (refusal !== undefined) {
      if (refusal.status === 401) route.refused?.(routeParts, request);
      return refusal;
    }
    const unknown = refuseParameters(route, request.url);
    if (unknown !== undefined) return unknown;
    return await route.handle(new IncomingRequest(routeParts, request, context.req.param() as Record<string, string>));
  } catch (error) {
    parts.onError?.(error, { method: route.method, path: route.path });
    const code = StepwellError.is(error) && error.retryable ? "store_unavailable" : "internal_error";
    const detail =
      code === "store_unavailable"
        ? "the store is not available; nothing was recorded, or it is not known whether"
        : "something went wrong in the server; its log says what";
    return refusal(route.errors, { code, detail });
  }
}

/** What a route is given. The address is taken apart only for routes that look at it: the busy ones do not. */
class IncomingRequest implements RouteRequest {
  readonly engine: RouteRequest["engine"];
  readonly settings: RouteRequest["settings"];
  readonly syncer: RouteRequest["syncer"];
  readonly storeFacts: RouteRequest["storeFacts"];
  readonly routes: RouteRequest["routes"];
  readonly metrics: RouteRequest["metrics"];
  readonly request: Request;
  readonly params: RouteRequest["params"];

  constructor(parts: RouteParts, request: Request, params: RouteRequest["params"]) {
    this.engine = parts.engine;
    this.settings = parts.settings;
    this.syncer = parts.syncer;
    this.storeFacts = parts.storeFacts;
    this.routes = parts.routes;
    this.metrics = parts.metrics;
    this.request = request;
    this.params = params;
  }

  get url(): URL {
    return new URL(this.request.url);
  }
}
