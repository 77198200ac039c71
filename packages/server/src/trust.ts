// Who may ask what. In `dev` whoever is on this machine, and no page of another origin; in `start` whoever has a key, or
// has signed in.

import { bearerMatches } from "@stepwell/protocol";
import { problem, refusal } from "./problem.ts";
import type { Route } from "./route.ts";
import type { ServerSettings } from "./settings.ts";
import { csrfHeader, sessionOf } from "./sign-in/session.ts";

/** The names of this machine, as they stand in `Host` and `Origin`. */
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|[a-z0-9-]+\.localhost)(:\d+)?$/i;

/** A refusal, or nothing. */
export async function refuse(route: Route, request: Request, settings: ServerSettings): Promise<Response | undefined> {
  if (settings.mode === "dev") {
    const refusal = refuseHost(route, request, settings) ?? refuseOrigin(route, request);
    if (refusal !== undefined) return refusal;
  }
  if (settings.isMounted === true) return refuseForeignPage(route, request);
  if (route.access !== "signing_key" || settings.keys.signingKeys.length === 0) return undefined;
  const token = /^Bearer\s+(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  if (token !== "" && (await bearerMatches(token, settings.keys.signingKeys))) return undefined;
  if (isSignedIn(route, request, settings)) return undefined;
  if (route.errors === "problem") return problem({ code: "unauthorized", detail: "the request has no valid key" });
  return new Response("Authentication failed\n", { status: 401, headers: { "content-type": "text/plain; charset=utf-8" } });
}

/** Whether a page of this server asks for somebody who has signed in; to change something it says so in a header of its own. */
function isSignedIn(route: Route, request: Request, { signIn }: ServerSettings): boolean {
  const session = route.errors === "problem" ? sessionOf(request) : undefined;
  if (session === undefined || (route.method !== "GET" && !request.headers.has(csrfHeader))) return false;
  return signIn?.isSession(session) === true;
}

/** Whoever was let in by a cookie may have been sent here by a page of another site, which browsers tell. */
function refuseForeignPage(route: Route, request: Request): Response | undefined {
  if (route.method === "GET" || !isOfForeignPage(request.headers, request)) return undefined;
  return refusal(route.errors, { code: "origin_not_allowed", detail: "pages of other sites may not ask this" });
}

/** Over plain HTTP to another machine browsers do not say `Sec-Fetch-Site`, and a proxy may have changed `Host`. */
function isOfForeignPage(headers: Headers, { url }: Request): boolean {
  const site = headers.get("sec-fetch-site");
  const origin = headers.get("origin");
  if (site !== null || origin === null) return site === "cross-site";
  const hosts = [headers.get("host"), headers.get("x-forwarded-host"), new URL(url).host];
  return !URL.canParse(origin) || !hosts.includes(new URL(origin).host);
}

/** A page of a foreign site can make a browser ask this machine under the site's own name. */
function refuseHost(route: Route, request: Request, settings: ServerSettings): Response | undefined {
  const host = request.headers.get("host") ?? new URL(request.url).host;
  if (loopback.test(host) || settings.allowHosts.some((name) => host === name || host.startsWith(`${name}:`))) return undefined;
  const params = {
    code: "host_not_allowed",
    detail: `the request is addressed to "${host.slice(0, 100)}", which is no name of this machine`,
  } as const;
  return refusal(route.errors, params);
}

/** Events may come from any page of this machine; everything else from this server's own. */
function refuseOrigin(route: Route, request: Request): Response | undefined {
  const origin = request.headers.get("origin");
  if (origin === null) return undefined;
  const host = URL.canParse(origin) ? new URL(origin).host : "";
  const isOwn = host !== "" && host === (request.headers.get("host") ?? new URL(request.url).host);
  if (isOwn || (route.access === "event_key" && loopback.test(host))) return undefined;
  const params = { code: "origin_not_allowed", detail: `pages of ${origin.slice(0, 100)} may not ask this` } as const;
  return refusal(route.errors, params);
}

/** Headers that let a page read the answer to its events. */
export function corsHeaders(request: Request, settings: ServerSettings): Readonly<Record<string, string>> {
  const origin = request.headers.get("origin");
  if (settings.isMounted === true) return {};
  if (origin === null || (settings.mode === "dev" && !(URL.canParse(origin) && loopback.test(new URL(origin).host)))) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-allow-headers": "*",
    "access-control-max-age": "3600",
    vary: "origin",
  };
}
