import type { LookupAddress, lookup } from "node:dns";
import { describe, expect, test } from "vitest";
import { addressGuard, isAddressRange } from "./address-guard.ts";

const linkLocal = addressGuard({ ranges: "link_local", allowed: [] });
const onlyPublic = addressGuard({ ranges: "private", allowed: [] });

describe("of the link and of metadata, in whatever form", () => {
  test.for([
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "FEBF::1",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "0:0:0:0:0:ffff:a9fe:a9fe",
    "::169.254.169.254",
    "::ffff:0:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
  ])("%s is refused", (address) => {
    expect([linkLocal.permits(address), onlyPublic.permits(address)]).toEqual([false, false]);
  });

  test.for([
    "127.0.0.1",
    "::1",
    "10.0.0.7",
    "192.168.1.2",
    "fd12::1",
    "169.253.255.255",
    "169.255.0.0",
    "8.8.8.8",
    "2606:4700::1111",
    "2002:808:808::1",
  ])("%s is not", (address) => {
    expect(linkLocal.permits(address)).toBe(true);
  });
});

describe("where only public addresses are called", () => {
  test.for([
    "127.0.0.1",
    "::1",
    "::",
    "0.0.0.0",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "fc00::1",
    "224.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:a00:1::",
  ])("%s is refused", (address) => {
    expect(onlyPublic.permits(address)).toBe(false);
  });

  test.for(["8.8.8.8", "172.32.0.1", "2606:4700::1111", "64:ff9b::808:808"])("%s is not", (address) => {
    expect(onlyPublic.permits(address)).toBe(true);
  });
});

test("what is no address is not called", () => {
  for (const text of ["", "localhost", "1.2.3", "::g"]) expect(linkLocal.permits(text)).toBe(false);
});

test("what is allowed is called, and nothing beside it", () => {
  const guard = addressGuard({ ranges: "link_local", allowed: ["169.254.8.0/24", "fe80::7"] });
  expect(["169.254.8.9", "::ffff:169.254.8.9", "fe80::7", "169.254.9.1", "fe80::8"].map(guard.permits)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

test.for([
  ["169.254.1.1", true],
  ["10.0.0.0/8", true],
  ["fe80::/10", true],
  ["::1", true],
  ["10.0.0.0/33", false],
  ["fe80::/129", false],
  ["10.0.0.0/", false],
  ["10.0.0.0/8/8", false],
  ["metadata", false],
  ["", false],
] as const)("%s: is it an address or a range? %s", ([text, isRange]) => {
  expect(isAddressRange(text)).toBe(isRange);
  if (!isRange) expect(() => addressGuard({ ranges: "link_local", allowed: [text] })).toThrow(TypeError);
});

describe("a name", () => {
  /** Resolves the name of a guard over names that mean these addresses. */
  async function resolve(addresses: readonly string[] | Error, all: boolean): Promise<unknown> {
    const found: readonly LookupAddress[] =
      addresses instanceof Error ? [] : addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    const lookUp = ((_name: string, _options: unknown, done: (error: Error | null, found: readonly LookupAddress[]) => void) =>
      done(addresses instanceof Error ? addresses : null, found)) as unknown as typeof lookup;
    const guard = addressGuard({ ranges: "link_local", allowed: [], lookUp });
    return new Promise((settle) =>
      guard.lookup("app.example", { all }, (error, address, family) =>
        settle(error === null ? (all ? address : [address, family]) : error),
      ),
    );
  }

  test("is resolved to what of it may be called", async () => {
    expect(await resolve(["169.254.169.254", "10.0.0.1", "fe80::1"], true)).toEqual([{ address: "10.0.0.1", family: 4 }]);
    expect(await resolve(["169.254.169.254", "2606:4700::1"], false)).toEqual(["2606:4700::1", 6]);
  });

  test("that means nothing else is refused, with what it means", async () => {
    for (const all of [true, false])
      expect(await resolve(["169.254.169.254", "fe80::1"], all)).toMatchObject({
        code: "ADDRESS_NOT_ALLOWED",
        message: "app.example (169.254.169.254, fe80::1) is an address that this server does not call",
      });
  });

  test("that is not known stays so", async () => {
    expect(await resolve(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), true)).toMatchObject({ code: "ENOTFOUND" });
  });
});
