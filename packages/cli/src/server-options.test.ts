import { join } from "node:path";
import { expect, test } from "vitest";
import { exitCodes } from "./exit-codes.ts";
import { readFlags } from "./read-flags.ts";
import { serverOptions } from "./server-options.ts";

const cwd = "/srv/project";
const day = 86_400_000;

async function options(command: "dev" | "start", args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return serverOptions(command, await readFlags(command, { args, env: { HOME: "/nowhere", ...env }, cwd: "/" }), { env, cwd });
}

const keys = ["--signing-key", "signkey-prod-00ff", "--event-key", "k1", "--event-key", "k2"];
const usage = (message: RegExp) => expect.objectContaining({ exitCode: exitCodes.usage, message: expect.stringMatching(message) });

test("dev listens on this machine alone, keeps data in the project, looks for apps and needs no key", async () => {
  expect(await options("dev", [])).toEqual({
    mode: "dev",
    hosts: ["127.0.0.1", "::1"],
    port: 8_288,
    file: join(cwd, ".stepwell/dev.db"),
    eventKeys: [],
    signingKeys: [],
    asksForKeys: false,
    allowHosts: [],
    appUrls: [],
    discovers: true,
    discoverPorts: [],
    pollMs: 5_000,
    engine: {
      retryIntervalMs: undefined,
      retention: { runsMs: 7 * day, failedMs: 7 * day, failuresMs: 30 * day, eventsMs: 7 * day, tracesMs: 7 * day, runsMax: 100_000 },
    },
  });
});

test("start listens everywhere, looks for nothing and keeps history longer", async () => {
  expect(await options("start", keys)).toMatchObject({
    mode: "start",
    hosts: ["::"],
    file: join(cwd, ".stepwell/main.db"),
    signingKeys: ["signkey-prod-00ff"],
    eventKeys: ["k1", "k2"],
    discovers: false,
    pollMs: 0,
    engine: { retention: { runsMs: 30 * day, failedMs: 90 * day, failuresMs: 180 * day, eventsMs: 14 * day, tracesMs: 14 * day } },
  });
});

test("start asks for keys whether they are given or not, dev when it is told to", async () => {
  expect(await options("start", [])).toMatchObject({ asksForKeys: true, signingKeys: [], eventKeys: [] });
  expect(await options("start", [], { INNGEST_SIGNING_KEY: "00ff", INNGEST_EVENT_KEY: "a,b" })).toMatchObject({ eventKeys: ["a", "b"] });
  expect(await options("dev", ["--keys"])).toMatchObject({ asksForKeys: true });
});

test.each(["abc", "signkey-prod-", "signkey-prod-zz", "not a key"])(
  "a signing key that is no hex of even length is refused: %s",
  async (key) => {
    await expect(options("start", ["--signing-key", key, "--event-key", "k"])).rejects.toThrow(usage(/even number of hex digits/));
  },
);

test("an app's address needs no scheme, and naming one stops the search unless it is asked for", async () => {
  expect(await options("dev", ["-u", "localhost:3000/api/inngest"])).toMatchObject({
    appUrls: ["http://localhost:3000/api/inngest"],
    discovers: false,
  });
  expect(await options("dev", ["-u", "https://a.example/x", "--discovery"])).toMatchObject({
    appUrls: ["https://a.example/x"],
    discovers: true,
  });
  expect(await options("dev", ["--no-discovery", "--discovery"])).toMatchObject({ discovers: false });
  await expect(options("dev", ["-u", "ftp://a.example"])).rejects.toThrow(usage(/not the address of an app/));
});

test("addresses that may be called all the same are addresses or ranges", async () => {
  expect(await options("start", ["--allow-call-to", "169.254.8.0/24", "--allow-call-to", "fe80::1"])).toMatchObject({
    allowCallsTo: ["169.254.8.0/24", "fe80::1"],
  });
  await expect(options("start", ["--allow-call-to", "metadata"])).rejects.toThrow(usage(/"metadata" is neither an address nor a range/));
});

test("the database is a file, one in a folder, or a temporary one", async () => {
  expect((await options("dev", ["--db", "x/y.db"])).file).toBe(join(cwd, "x/y.db"));
  expect((await options("dev", ["--data", "/var/data"])).file).toBe("/var/data/dev.db");
  expect("file" in (await options("dev", ["--memory"]))).toBe(false);
});

test("PostgreSQL is refused by name, however it is asked for", async () => {
  for (const args of [
    ["--db", "postgres://h/d"],
    ["--postgres-uri", "postgres://h/d"],
  ])
    await expect(options("dev", args)).rejects.toThrow(
      expect.objectContaining({ code: "option_not_supported_yet", exitCode: exitCodes.usage }),
    );
});

test("ports to look on are ports and ranges; the app's own PORT joins them when it is one", async () => {
  expect((await options("dev", ["--discover-ports", "4100,4200-4202"], { PORT: "9000" })).discoverPorts).toEqual([
    4100, 4200, 4201, 4202, 9000,
  ]);
  expect((await options("dev", [], { PORT: "/run/app.sock" })).discoverPorts).toEqual([]);
  for (const text of ["x", "0", "5-4", "1-70000", "70000", "1-5000"])
    await expect(options("dev", ["--discover-ports", text]), text).rejects.toThrow(usage(/neither a port nor a range/));
});

test("a retention of 0 keeps history for ever, and an interval of 0 means the back-off table", async () => {
  const { engine } = await options("dev", ["--retention-runs", "0", "--retention-failed", "36h", "--retry-interval", "0"]);
  expect(engine).toEqual({
    retryIntervalMs: undefined,
    retention: { failedMs: 1.5 * day, failuresMs: 30 * day, eventsMs: 7 * day, tracesMs: 7 * day, runsMax: 100_000 },
  });
  expect((await options("dev", ["--retry-interval", "2"])).engine.retryIntervalMs).toBe(2_000);
});

test("--no-poll asks no app twice, whatever the interval", async () => {
  expect((await options("dev", ["--no-poll", "--poll-interval", "3"])).pollMs).toBe(0);
  expect((await options("dev", ["--poll-interval", "500ms"])).pollMs).toBe(500);
});

test("--no-ui leaves out what dashboards read", async () => {
  expect(await options("dev", ["--no-ui"])).toMatchObject({ noUi: true });
});

test("a fallback verifies behind the key that signs, and is no key that signs by itself", async () => {
  const fallback = ["--signing-key-fallback", "signkey-prod-11ff"];
  expect((await options("start", [...keys, ...fallback])).signingKeys).toEqual(["signkey-prod-00ff", "signkey-prod-11ff"]);
  await expect(options("start", fallback)).rejects.toThrow(usage(/stands beside --signing-key/));
  await expect(options("start", [...keys, "--signing-key-fallback", "xyz"])).rejects.toThrow(usage(/hex digits/));
});
