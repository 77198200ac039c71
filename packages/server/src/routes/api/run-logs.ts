import { isObject, type LogLevel, limits, logLevels, parseJson, parseLogEntries, type StepId } from "@stepwell/protocol";
import type { LogReport } from "@stepwell/store";
import { notUtf8, notUtf8Message, readText, tooLong } from "../../body.ts";
import { json, problem } from "../../problem.ts";
import { route } from "../../route.ts";
import { findRun } from "./runs.ts";

const linesPerPage = 200;

/** `GET /api/v1/runs/:runId/logs`: in the order of their arrival. `cursor` is the place to ask on from while more may come, by either name. */
export const getLogs = route({
  method: "GET",
  path: "/api/v1/runs/:runId/logs",
  summary: "The log lines of a run",
  query: ["step", "level", "limit", "after", "cursor"],
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const { engine, url } = request;
    const question = readQuestion(url);
    if (question instanceof Response) return question;
    const run = await findRun(request);
    if (run instanceof Response) return run;
    const { filter, page } = question;
    const [{ lines, hasMore }, steps] = await Promise.all([engine.reports.runLogs(run.id, filter, page), engine.reports.runSteps(run.id)]);
    const names = new Map<StepId, string>(steps.map(({ stepId, name }) => [stepId, name]));
    const cursor = writePlace(lines.at(-1)?.seq ?? page.after);
    return json(200, {
      data: lines.map((line) => logLine(line, line.stepId === undefined ? undefined : names.get(line.stepId))),
      page: { next: hasMore ? cursor : null, prev: null, limit: page.limit, total: null },
      asOf: new Date(engine.now()).toISOString(),
      cursor,
    });
  },
});

/** `POST /api/v1/runs/:runId/logs`: lines that no op carries. All of them are taken, or none. */
export const appendLogs = route({
  method: "POST",
  path: "/api/v1/runs/:runId/logs",
  summary: "Add log lines to a run",
  access: "signing_key",
  errors: "problem",
  async handle(request) {
    const text = await readText(request.request, limits.apiBodyBytesMax);
    if (text === tooLong)
      return problem({ code: "body_too_large", detail: `the body is larger than ${limits.apiBodyBytesMax} bytes (apiBodyBytesMax)` });
    if (text === notUtf8) return problem({ code: "invalid_json", detail: notUtf8Message });
    const body = parseJson(text);
    if (!isObject(body)) return problem({ code: "invalid_json", detail: "the body is no JSON object" });
    const read = parseLogEntries(body, text.length);
    if (read.kind === "invalid")
      return problem({
        code: read.code,
        detail: `${read.path}: ${read.message}`,
        fields: [{ path: read.path, message: read.message }],
      });
    const run = await findRun(request);
    if (run instanceof Response) return run;
    const result = await request.engine.appendLogs({ runId: run.id, entries: read.entries });
    if (result.kind === "not_found") return problem({ code: "run_not_found", detail: `no run has the id ${run.id}` });
    return json(200, { data: { lines: read.count } });
  },
});

/** A line as people and programs see it; the mark of a cut is one too. */
function logLine(line: LogReport, stepName: string | undefined): Record<string, unknown> {
  return {
    at: new Date(line.at).toISOString(),
    level: line.level,
    text: line.cut === undefined ? line.text : cutText[line.cut],
    data: line.data === undefined ? null : parseJson(line.data),
    stepId: line.stepId ?? null,
    stepName: stepName ?? null,
    attempt: line.attempt ?? null,
    cut: line.cut !== undefined,
  };
}

const cutText = {
  step: `cut at ${limits.logBytesPerStepMax / 1_024} kB`,
  run: `cut: the run has ${limits.logLinesPerRunMax} lines, or ${limits.logBytesPerRunMax / 1_024 / 1_024} MB of them`,
} as const;

function readQuestion(url: URL) {
  const limit = Number(url.searchParams.get("limit") ?? linesPerPage);
  if (!Number.isInteger(limit) || limit < 1 || limit > limits.logLinesPerRequestMax)
    return wrong("limit", `limit is a whole number from 1 to ${limits.logLinesPerRequestMax}`);
  const [name, other] = url.searchParams.has("cursor") ? ["cursor", "after"] : ["after", "cursor"];
  if (url.searchParams.has(other)) return wrong(other, "after and cursor are two names of one place; give one of them");
  const after = readPlace(url.searchParams.get(name));
  if (after === undefined) return wrong(name, "the cursor is not one of this server's; take it from cursor or page.next");
  const named = url.searchParams.getAll("level").flatMap((part) => part.split(","));
  const unknown = named.find((name) => !logLevels.some((level) => level === name));
  if (unknown !== undefined) return wrong("level", `"${unknown.slice(0, 40)}" is no level; there are ${logLevels.join(", ")}`);
  const stepId = url.searchParams.get("step");
  const filter = {
    ...(stepId === null ? {} : { stepId: stepId as StepId }),
    ...(named.length === 0 ? {} : { levels: named as LogLevel[] }),
  };
  return { filter, page: { limit, after } };
}

function wrong(path: string, detail: string): Response {
  return problem({ code: "invalid_request", detail, fields: [{ path, message: detail }] });
}

function writePlace(seq: number): string {
  return Buffer.from(`l:${seq}`).toString("base64url");
}

function readPlace(text: string | null): number | undefined {
  if (text === null) return 0;
  const seq = /^l:(\d{1,9})$/.exec(Buffer.from(text, "base64url").toString("utf8"))?.[1];
  return seq === undefined ? undefined : Number(seq);
}
