import { type Answer, jsonAnswer } from "../wire/answer.ts";
import type { ServedRequest } from "./call-request.ts";
import { isLoopbackHost } from "./is-loopback-host.ts";

/** What a request is refused with that does not come from this machine, in dev mode that nobody has asked for. `undefined`: it does. */
export function refuseStranger(request: ServedRequest, peer: string | undefined): Answer | undefined {
  const stranger = strangerOf(request, peer);
  if (stranger === undefined) return undefined;
  const message =
    `dev mode was inferred, since nothing says that this is production, so a request ${stranger} is not answered. ` +
    "In production set NODE_ENV=production and STEPWELL_SIGNING_KEY; to develop in this way set STEPWELL_DEV=1.";
  return jsonAnswer(403, { code: "host_not_allowed", message });
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
