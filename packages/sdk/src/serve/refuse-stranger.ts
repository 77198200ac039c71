import { isLoopbackHost } from "./is-loopback-host.ts";

/**
 * What says of a request that it does not come from this machine alone; `undefined`: nothing does. A proxy hands on requests of
 * others under a name of this machine, and says so in headers; a name can also be made up by whoever sends the request.
 */
export function strangerOf(request: Request, peer: string | undefined): string | undefined {
  const host = hostOf(request);
  if (!isLoopbackHost(host)) return `to "${host}"`;
  if (peer !== undefined && !isLoopbackHost(peer.replace(/^::ffff:/i, ""))) return `from ${peer}`;
  for (const name of ["x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded"]) {
    const value = request.headers.get(name);
    if (value !== null && !partiesOf(name, value).every(isLoopbackHost)) return `with the header ${name}: ${value.slice(0, 80)}`;
  }
  return undefined;
}

function hostOf(request: Request): string {
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
