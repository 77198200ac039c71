// Which addresses a server calls. Whoever can register an app, send a redirect or answer a name's look-up can name any
// address, and some answer every program of a machine with its credentials: those of the cloud's metadata, above all.
//
// G1. The address is looked at when the connection is made, after the name's look-up: what a name meant before, or will
//     mean after, does not count.
// G2. An address in other clothes is the same address: IPv4 within IPv6, in its mapped, NAT64 and 6to4 forms.
// G3. Of the addresses of a name those that are refused are left out; when none is left the call is refused.

import { type LookupAddress, lookup as systemLookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import type { buildConnector } from "undici";

export type GuardedRanges =
  /** Addresses of the link, and of cloud metadata. */
  | "link_local"
  /** Those, and every address that is not public: what user code asks the server to fetch comes from outside. */
  | "private";

export interface AddressGuard {
  /** Whether it may be called. */
  permits(address: string): boolean;
  /** For the `lookup` of a connection: resolves to what may be called, or fails. */
  readonly lookup: LookupFunction;
  /** For the `connect` of an undici agent: it covers addresses that need no look-up, too. */
  connector(connect: buildConnector.connector): buildConnector.connector;
}

export interface AddressGuardParams {
  readonly ranges: GuardedRanges;
  /** Addresses and ranges (`10.1.0.0/16`) that may be called all the same. */
  readonly allowed: readonly string[];
  /** The system's; another one in tests. */
  readonly lookUp?: typeof systemLookup;
}

/** What a refused connection fails with. */
export const addressNotAllowed = "ADDRESS_NOT_ALLOWED";

/** Of the link, and addresses of metadata that are not: Amazon's in IPv6, Alibaba's, Oracle's, Azure's host. */
const linkLocal = ["169.254.0.0/16", "fe80::/10", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"];
const notPublic = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15"],
  ...["224.0.0.0/4", "240.0.0.0/4", "::/127", "fc00::/7", "ff00::/8"],
];

/**
 * A guard over some ranges.
 *
 * @throws {TypeError} One of `allowed` is neither an address nor a range.
 */
export function addressGuard({ ranges, allowed, lookUp = systemLookup }: AddressGuardParams): AddressGuard {
  const refused = listOf(ranges === "private" ? [...linkLocal, ...notPublic] : linkLocal);
  const excepted = listOf(allowed);
  const permits = (address: string): boolean => {
    const forms = formsOf(address);
    return forms.length > 0 && (forms.some((form) => isIn(excepted, form)) || !forms.some((form) => isIn(refused, form)));
  };
  const lookup: LookupFunction = (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, options.all === true ? [] : "");
      const permitted = addresses.filter(({ address }) => permits(address));
      const [first] = permitted;
      if (first === undefined) return callback(refusal(hostname, addresses), options.all === true ? [] : "");
      return options.all === true ? callback(null, permitted) : callback(null, first.address, first.family);
    });
  };
  return {
    permits,
    lookup,
    connector: (connect) => (options, callback) => {
      const address = options.hostname.replace(/^\[|\]$/g, "");
      if (isIP(address) !== 0 && !permits(address)) return void callback(refusal(address, []), null);
      return connect(options, callback);
    },
  };
}

/** Whether a text is an address, or a range of addresses. */
export function isAddressRange(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function refusal(name: string, addresses: readonly LookupAddress[]): NodeJS.ErrnoException {
  const meaning = addresses.length === 0 ? "" : ` (${addresses.map(({ address }) => address).join(", ")})`;
  const message = `${name}${meaning} is an address that this server does not call`;
  return Object.assign(new Error(message), { code: addressNotAllowed });
}

function listOf(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    if (!isAddressRange(text)) throw new TypeError(`"${text}" is neither an address nor a range`);
    const [address = "", bits] = text.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** The address, and the IPv4 address within it; none for what is no address. */
function formsOf(text: string): readonly string[] {
  const address = text.replace(/%.*$/, "");
  const family = isIP(address);
  if (family !== 6) return family === 4 ? [address] : [];
  const within = ipv4Within(groupsOf(address));
  return within === undefined ? [address] : [address, within];
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): readonly number[] {
  const written = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = "", tail] = written.split("::");
  const groups = (part: string): readonly number[] => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  if (tail === undefined) return groups(head);
  const [before, after] = [groups(head), groups(tail)];
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function ipv4Within(groups: readonly number[]): string | undefined {
  const [a, b, c, d, e, f, g = 0, h = 0] = groups;
  const isZero = (...parts: readonly (number | undefined)[]): boolean => parts.every((part) => part === 0);
  if (a === 0x2002) return dotted(b ?? 0, c ?? 0);
  const isMapped = isZero(a, b, c, d, e) && f === 0xffff;
  const isCompatible = isZero(a, b, c, d, e, f) && (g !== 0 || h > 1);
  const isTranslated = (isZero(a, b, c, d) && e === 0xffff && f === 0) || (a === 0x64 && b === 0xff9b);
  return isMapped || isCompatible || isTranslated ? dotted(g, h) : undefined;
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
