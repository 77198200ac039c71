import { limits } from "@stepwell/protocol";
import { expect, test } from "vitest";
import type { AppReport, DoctorReport } from "./doctor-report.ts";
import {
  appFindings,
  clockFindings,
  databaseFindings,
  diskFindings,
  keyFindings,
  optionFindings,
  versionFindings,
} from "./server-findings.ts";

const now = Date.UTC(2026, 0, 1);
const local = { version: "1.4.0", now };

const answered = {
  kind: "answered",
  status: 200,
  tookMs: 4,
  sdk: "js:v4",
  clockAheadMs: 0,
  mode: "cloud",
  isSignatureTaken: true,
  isEventKeyKnown: true,
} as const;

function app(more: Partial<AppReport> = {}): AppReport {
  return { id: "shop", url: "http://a/api/inngest", sdk: "js:v4", error: null, warnings: [], probe: answered, ...more };
}

function report(more: Partial<DoctorReport> = {}): DoctorReport {
  return {
    version: "1.4.2",
    mode: "start",
    node: "26.1.0",
    pid: 7,
    now,
    store: { kind: "sqlite", file: "/d/main.db", databaseBytes: 3_100_000, logBytes: 0, freeBytes: 50e9 },
    keys: { signing: 1, event: 2 },
    apps: [app()],
    ...more,
  };
}

const everything = (given: DoctorReport) => [
  ...versionFindings(given, local),
  ...databaseFindings(given),
  ...diskFindings(given),
  ...clockFindings(given, local),
  ...keyFindings(given),
  ...appFindings(given),
  ...optionFindings(given),
];

test("of a server that is well nothing is said but that", () => {
  expect(everything(report()).map(({ check, status }) => `${check} ${status}`)).toEqual([
    "version ok",
    "database ok",
    "disk ok",
    "clock ok",
    "keys ok",
    "apps ok",
  ]);
});

test("another release of the server is a warning; before 1.0 the minor version is the release", () => {
  const status = (server: string, cli: string) => versionFindings(report({ version: server }), { ...local, version: cli })[0]?.status;
  expect([status("1.4.0", "1.9.3"), status("2.0.0", "1.9.3"), status("0.1.5", "0.1.0"), status("0.2.0", "0.1.0")]).toEqual([
    "ok",
    "warning",
    "ok",
    "warning",
  ]);
});

test.each([
  [1_999, []],
  [2_000, ["warning"]],
  [-limits.signatureAgeMsMax, ["warning"]],
  [limits.signatureAgeMsMax + 1, ["problem"]],
])("a clock that is %i ms off", (aheadMs, expected) => {
  const ofServer = clockFindings(report({ now: now + aheadMs, apps: [] }), local);
  const ofApp = clockFindings(report({ apps: [app({ probe: { ...answered, clockAheadMs: aheadMs } })] }), local);
  for (const findings of [ofServer, ofApp])
    expect(findings.filter(({ status }) => status !== "ok").map(({ status }) => status)).toEqual(expected);
  if (expected.length > 0) expect(ofApp[0]?.text).toMatch(/^app shop is [\d.]+ s (ahead|behind); signatures allow 5m/);
});

test.each([
  ["another signing key", { status: 401, sdk: null, isSignatureTaken: false }, /refuses the server's signature/],
  ["dev mode", { mode: "dev", isSignatureTaken: null }, /dev mode/],
  ["another event key", { isEventKeyKnown: false }, /event key is none of the server's/],
] as const)("an app with %s is a problem of keys, and not of its address", (_, probe, text) => {
  const given = report({ apps: [app({ probe: { ...answered, ...probe } })] });
  expect(keyFindings(given)).toEqual([
    { check: "keys", about: "shop", status: "problem", text: expect.stringMatching(text), advice: expect.any(String) },
  ]);
  expect(appFindings(given)).toMatchObject([{ status: "ok" }]);
});

test("a production server without a kind of key is told which to make; a dev server needs none", () => {
  expect(keyFindings(report({ keys: { signing: 1, event: 0 } }))).toMatchObject([
    {
      status: "problem",
      advice: expect.stringMatching(/^Make one: stepwell keys create event, or/),
      repair: { kind: "make_key", keyKind: "event" },
    },
  ]);
  const dev = report({
    mode: "dev",
    keys: { signing: 0, event: 0 },
    apps: [app({ probe: { ...answered, mode: "dev", isSignatureTaken: null } })],
  });
  expect(keyFindings(dev)).toMatchObject([{ status: "ok" }]);
});

test("an app in production mode beside a dev server is a problem", () => {
  const apps = [app({ probe: { ...answered, status: 401, isSignatureTaken: false } })];
  expect(keyFindings(report({ mode: "dev", keys: { signing: 0, event: 0 }, apps }))).toMatchObject([
    { status: "ok" },
    { about: "shop", status: "problem", advice: expect.stringContaining("INNGEST_DEV=1") },
  ]);
});

test.each([
  ["does not answer", { probe: { kind: "failed", message: "nothing listens at http://a" } }, /nothing listens/],
  ["is no SDK", { probe: { ...answered, status: 404, sdk: null } }, /HTTP 404/],
  ["was refused", { error: "retries is 99" }, /retries is 99/],
] as const)("an app that %s is a problem with advice", (_, more, text) => {
  // Only what was refused, by an app that answers, may have become better by itself.
  const repair = "error" in more ? { repair: { kind: "sync_app", url: "http://a/api/inngest" } } : {};
  expect(appFindings(report({ apps: [app(more)] }))).toEqual([
    { check: "apps", about: "shop", status: "problem", text: expect.stringMatching(text), advice: expect.any(String), ...repair },
  ]);
});

test("an app that fails says for how long", () => {
  const more = { error: "retries is 99", failingSince: now - 40_000 };
  expect(appFindings(report({ apps: [app(more)] }))[0]?.text).toBe("its last registration was refused, for 40s: retries is 99");
});

test("another process with an app's id is a warning, beside how the app is", () => {
  expect(appFindings(report({ apps: [app({ rivals: ["http://b/api/inngest"] })] }))).toEqual([
    { check: "apps", about: "shop", status: "ok", text: expect.any(String) },
    {
      check: "apps",
      about: "shop",
      status: "warning",
      text: 'http://b/api/inngest registers the id "shop" too and is turned away, as long as http://a/api/inngest answers',
      advice: expect.stringContaining("id of its own"),
    },
  ]);
});

test("no app at all is a warning", () => {
  expect(appFindings(report({ apps: [] }))).toMatchObject([{ status: "warning" }]);
});

test("options of functions without effect are warnings", () => {
  expect(optionFindings(report({ apps: [app({ warnings: ['shop-f: "throttle" has no effect yet'] })] }))).toMatchObject([
    { check: "options", about: "shop", status: "warning", text: expect.stringContaining("throttle") },
  ]);
});

test.each([
  [5e9, "ok"],
  [1e9, "warning"],
  [1e8, "problem"],
])("%i free bytes", (freeBytes, status) => {
  expect(diskFindings(report({ store: { kind: "sqlite", freeBytes } }))).toMatchObject([{ status }]);
});

test("an app whose signing key was replaced is warned of before the key ends", () => {
  const key = {
    id: "ab",
    kind: "signing",
    name: null,
    endsIn: "9f9f",
    source: "store",
    state: "signs",
    createdAt: null,
    revokedAt: null,
  } as const;
  const replaced = [{ ...key, endsAt: "2026-01-01T00:00:00.000Z" }];
  const keys = { signing: 2, event: 1, replaced };
  const apps = [app({ probe: { ...answered, signingKeyId: "ab" } }), app({ id: "other", probe: { ...answered, signingKeyId: "cd" } })];
  expect(keyFindings(report({ keys, apps }))).toMatchObject([
    { check: "keys", about: "shop", status: "warning", text: expect.stringMatching(/9f9f was replaced and ends at 2026/) },
  ]);
});
