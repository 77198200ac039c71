import { type Answer, jsonAnswer } from "../wire/answer.ts";
import type { ServedRequest } from "./call-request.ts";
import { isLoopbackHost } from "./is-loopback-host.ts";

/**
 * What a request is refused with in dev mode, which asks for no signature; `undefined`: it is answered. Where nobody has asked
 * for that mode, whatever does not come from this machine is refused; in either case what a page of another site asks for: it
 * is in a browser of this machine, and needs nobody's leave to send.
 */
export function refuseStranger(request: ServedRequest, peer: string | undefined, isInferred: boolean): Answer | undefined {
  const stranger = isInferred ? strangerOf(request, peer) : undefined;
  if (stranger === undefined) return refuseForeignPage(request);
  const message =
    `dev mode was inferred, since nothing says that this is production, so a request ${stranger} is not answered. ` +
    "In production set NODE_ENV=production and STEPWELL_SIGNING_KEY; to develop in this way set STEPWELL_DEV=1.";
  return jsonAnswer(403, { code: "host_not_allowed", message });
}

function refuseForeignPage(request: ServedRequest): Answer | undefined {
  if (request.method === "GET" || request.method === "HEAD" || !isOfForeignPage(request)) return undefined;
  const page = request.headers.get("origin") ?? "another site";
  const message =
    `in dev mode a page of ${page.slice(0, 100)} may not send events to the app, call its functions or register it. ` +
    "Send events from your backend, by the client's send, or from a page of the app's own origin.";
  return jsonAnswer(403, { code: "origin_not_allowed", message });
}

/** Over plain HTTP to another machine browsers do not say `Sec-Fetch-Site`, and a proxy may have changed `Host`. */
function isOfForeignPage({ headers, url }: ServedRequest): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site !== "same-origin" && site !== "none";
  const origin = headers.get("origin");
  if (origin === null) return false;
  const hosts = [headers.get("host"), headers.get("x-forwarded-host"), new URL(url).host];
  return !URL.canParse(origin) || !hosts.includes(new URL(origin).host);
}

/**
 * What says of a request that it does not come from this machine alone; `undefined`: nothing does. A proxy hands on requests of
 * others under a name of this machine, and says so in headers; a name can also be made up by whoever sends the request.
 */
function strangerOf(request: ServedRequest, peer: string | undefined): string | undefined {
  const host = hostOf(request);
  if (!isLoopbackHost(host)) return `to "${host}"`;
  if (peer !== undefined && !isLoopbackHost(peer.replace(/^::ffff:/i, ""))) return `from ${peer}`;
  for (const name of ["x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded"]) {
    const value = request.headers.get(name);
    if (value !== null && !partiesOf(name, value).every(isLoopbackHost)) return `with the header ${name}: ${value.slice(0, 80)}`;
  }
  return undefined;
}

function hostOf(request: ServedRequest): string {
  const host = request.headers.get("host");
  return host === null ? new URL(request.url).hostname : withoutPort(host);
}

/** Hosts and addresses that a header names. One that names none, as `unknown`, is none of this machine. */
function partiesOf(name: string, value: string): readonly string[] {
  const parts = value.split(name === "forwarded" ? /[,;]/ : ",").map((part) => part.trim());
  const named = name === "forwarded" ? parts.flatMap((part) => /^(?:for|host)=(.*)$/i.exec(part)?.[1]?.replaceAll('"', "") ?? []) : parts;
  return named.map((each) => withoutPort(each).replace(/^::ffff:/i, ""));
}

/** An address of IPv6 alone has colons and no port. */
function withoutPort(host: string): string {
  return /^[^:]*:\d+$|^\[.*\]:\d+$/.test(host) ? host.replace(/:\d+$/, "") : host;
}
