import type { Occurrence } from "@stepwell/engine";
import { type EventId, epochMs, type RunId, type StepId } from "@stepwell/protocol";
import { expect, test } from "vitest";
import type { LogLevel } from "./log-level.ts";
import { type LogForm, runLog } from "./run-log.ts";

const at = epochMs(Date.UTC(2026, 10, 20, 13, 5, 13, 345));
const runId = "01JD8ZK3Q4W6R2M8N5T7V9X1YZ" as RunId;
const slug = "shop-fulfil-order";
const url = "http://localhost:3000/api/inngest";

const failed: Occurrence = {
  kind: "run.ended",
  at,
  runId,
  slug,
  status: "failed",
  queuedAt: epochMs(at - 4_231),
  errorName: "CardTimeout",
  errorMessage: 'no answer\nfrom "bank"',
};
const synced: Occurrence = { kind: "app.synced", at, appName: "shop", url, functions: 9, modified: false, warnings: [], changed: [] };

function setup(form: LogForm, level: LogLevel = "info") {
  const lines: string[] = [];
  const log = runLog({ form, level, write: (line) => lines.push(line) });
  log.ready({ url: "http://localhost:8288", data: "dev.db", screen: "the screen" });
  return { log, lines, emit: (occurrence: Occurrence) => log.observer.emit(occurrence) };
}

test("on a terminal a failed run shows how long it took, the first line of its error, and where to look", () => {
  const { lines, emit } = setup("pretty");
  emit(failed);
  expect(lines[0]).toBe("the screen");
  expect(lines[1]).toMatch(
    /run {4}shop-fulfil-order +✕ failed {5}4\.2s {2}CardTimeout: no answer {2}http:\/\/localhost:8288\/api\/v1\/runs\/01JD8ZK3/,
  );
});

test("on a terminal an app is shown when it is first seen, and then only when it changes", () => {
  const { lines, emit } = setup("pretty");
  emit(synced);
  emit(synced);
  emit({ ...synced, modified: true, changed: ["shop-fulfil-order"] });
  expect(lines.slice(1)).toEqual([
    expect.stringMatching(/✓ shop .*9 functions/),
    expect.stringMatching(/app {4}shop +changed: shop-fulfil-order/),
  ]);
});

test("on a terminal an app that could not be reached is shown again when it is back", () => {
  const { log, lines, emit } = setup("pretty");
  emit(synced);
  log.appFailed(url, "connection refused");
  emit(synced);
  expect(lines.slice(2)).toEqual([expect.stringMatching(/✕ .*connection refused/), expect.stringMatching(/✓ shop/)]);
});

test("on a terminal a burst of runs of one function is folded, and a failure among them still shows", () => {
  const { log, lines, emit } = setup("pretty");
  for (let n = 0; n < 50; n += 1) emit({ kind: "run.started", at, runId, slug, queuedAt: at });
  emit(failed);
  log.end();
  expect(lines.filter((line) => line.includes("◔ started") && line.includes("http"))).toHaveLength(10);
  expect(lines.filter((line) => line.includes("CardTimeout"))).toHaveLength(1);
  expect(lines.at(-1)).toMatch(/shop-fulfil-order +◔ started {2}×40 more/);
});

test("in lines each occurrence is its time, its kind and its fields, quoted where they need it", () => {
  const { lines, emit } = setup("lines");
  emit(failed);
  expect(lines[1]).toBe(
    `2026-11-20T13:05:13.345Z run.ended runId=${runId} slug=${slug} status=failed queuedAt=${at - 4_231} errorName=CardTimeout errorMessage="no answer\\nfrom \\"bank\\""`,
  );
});

test.each(["lines", "json"] as const)("in %s an app that syncs unchanged is told once, and again after a change or a failure", (form) => {
  const { log, lines, emit } = setup(form);
  for (let n = 0; n < 3; n += 1) emit(synced);
  expect(lines).toHaveLength(2);
  emit({ ...synced, modified: true, changed: ["shop-fulfil-order"] });
  emit(synced);
  log.appFailed(url, "down");
  emit(synced);
  emit({ kind: "app.sync_refused", at, appName: "shop", url, code: "config_invalid", message: "bad" });
  emit(synced);
  expect(lines).toHaveLength(7);
});

test("in JSON each line is one value, the ready server among them, and steps are left out", () => {
  const { lines, emit } = setup("json");
  emit({ kind: "event.accepted", at, name: "a b", eventId: "01JD" as EventId, starts: 1, outcomes: 0, repeated: false });
  emit({ kind: "step.settled", at, runId, slug, stepId: "x" as never, name: "charge", failed: false });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { time: expect.any(String), event: "server.ready", url: "http://localhost:8288", data: "dev.db" },
    { time: "2026-11-20T13:05:13.345Z", event: "event.accepted", name: "a b", eventId: "01JD", starts: 1, outcomes: 0, repeated: false },
  ]);
});

test("on a terminal what happens while the server starts is shown below the screen", () => {
  const lines: string[] = [];
  const log = runLog({ form: "pretty", write: (line) => lines.push(line) });
  log.appFailed(url, "connection refused");
  expect(lines).toEqual([]);
  log.ready({ url: "http://localhost:8288", data: "dev.db", screen: "the screen" });
  expect(lines).toEqual(["the screen", expect.stringMatching(/✕ .*connection refused/)]);
});

test("a program can tell an app without an answer from one that another has the id of", () => {
  const { log, lines } = setup("json");
  log.appFailed(url, "down");
  log.appFailed(url, "taken", "app_id_taken");
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(["server.ready", "app.unreachable", "app.id_taken"]);
});

test("none means none", () => {
  const { log, lines, emit } = setup("none");
  emit(failed);
  log.appFailed(url, "down");
  expect(lines).toEqual([]);
});

test("what matters less than the level is left out, whatever the form; what the app says is not", () => {
  const settled: Occurrence = { kind: "step.settled", at, runId, slug, stepId: "s" as StepId, name: "charge", failed: false };
  const started: Occurrence = { kind: "run.started", at, runId, slug, queuedAt: at };
  const linesAt = (form: LogForm, level: LogLevel): number => {
    const { log, lines, emit } = setup(form, level);
    const before = lines.length;
    for (const occurrence of [settled, started, failed]) emit(occurrence);
    log.appFailed(url, "connection refused");
    log.appLine("stdout", "hello");
    log.end();
    return lines.length - before;
  };
  for (const form of ["pretty", "lines", "json"] as const)
    expect((["trace", "debug", "info", "warn", "error"] as const).map((level) => linesAt(form, level))).toEqual([5, 5, 4, 3, 2]);
});
