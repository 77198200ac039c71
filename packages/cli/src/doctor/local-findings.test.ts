import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseInspection } from "@stepwell/store-sqlite";
import { expect, onTestFinished, test } from "vitest";
import { findingsText } from "./findings-text.ts";
import { inspectionFindings, localDatabaseFindings, settingFindings } from "./local-findings.ts";

function sources(env: Readonly<Record<string, string>> = {}) {
  const cwd = mkdtempSync(join(tmpdir(), "stepwell-doctor-"));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  return { args: [], env: { HOME: cwd, ...env }, cwd };
}

const read: DatabaseInspection = {
  kind: "read",
  owner: { kind: "free" },
  bytes: 3_100_000,
  isOpenToOthers: false,
  migrationsApplied: 2,
  migrationsPending: 0,
  isIntact: true,
};

test("settings that are known say nothing", async () => {
  const env = {
    STEPWELL_PORT: "1",
    STEPWELL_DATA: "d",
    STEPWELL_SIGNING_KEY_FILE: "/dev/null",
    STEPWELL_SERVER_URL: "x",
    INNGEST_ENV: "y",
  };
  expect(await settingFindings(sources(env))).toEqual([]);
});

test("an unknown variable has its nearest; one without effect says so; a wrong value is a problem, once", async () => {
  expect(await settingFindings(sources({ STEPWELL_SIGNIN_KEY: "x", INNGEST_REDIS_URI: "redis://h" }))).toMatchObject([
    { status: "warning", text: expect.stringMatching(/STEPWELL_SIGNIN_KEY.*did you mean STEPWELL_SIGNING_KEY\?/) },
    { status: "warning", text: expect.stringMatching(/--redis-uri has no effect/) },
  ]);
  expect(await settingFindings(sources({ STEPWELL_PORT: "abc" }))).toMatchObject([
    { status: "problem", text: expect.stringMatching(/STEPWELL_PORT/) },
  ]);
});

test("where no database is, none is made", async () => {
  expect(await localDatabaseFindings(sources())).toMatchObject([
    { check: "database", status: "ok", text: expect.stringContaining("none here") },
  ]);
});

test.each([
  ["whole and free", read, ["ok"], /3\.1 MB, 2 migrations applied, not in use, whole/],
  ["in use", { ...read, owner: { kind: "held", pid: 42 } }, ["warning"], /process 42 has it open/],
  ["damaged", { ...read, isIntact: false }, ["problem"], /damaged/],
  ["open to others", { ...read, isOpenToOthers: true }, ["warning"], /other users/],
  ["no database", { kind: "unreadable", message: "file is not a database" }, ["problem"], /not a database/],
] as const)("a database that is %s", (_, inspection, statuses, text) => {
  const findings = inspectionFindings("/d/main.db", inspection);
  expect(findings.map(({ status }) => status)).toEqual(statuses);
  expect(findings[0]?.text).toMatch(text);
});

test("people see marks, what to do, and a count", () => {
  const text = findingsText([
    { check: "server", status: "ok", text: "answers" },
    { check: "apps", about: "billing", status: "problem", text: "refused", advice: "Start it." },
    { check: "database", about: "/a/very/long/path/main.db", status: "warning", text: "in use" },
  ]);
  expect(text.split("\n")).toEqual([
    "  ✓ server          answers",
    "  ✕ apps billing    refused",
    "                    Start it.",
    "  ! database        /a/very/long/path/main.db: in use",
    "  1 problem, 1 warning",
    "",
  ]);
});
