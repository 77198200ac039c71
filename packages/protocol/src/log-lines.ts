// Lines that a program wrote while it worked on a run, as they come with an op and in a request of their own.

import type { EpochMs, JsonText, StepId } from "./ids.ts";
import { asJson } from "./ids.ts";
import { isTooDeep, tooDeepMessage } from "./json-depth.ts";
import { isObject, utf8Bytes, wordsOf } from "./json-shape.ts";
import { limits } from "./limits.ts";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogLine {
  readonly at: EpochMs;
  readonly level: LogLevel;
  readonly text: string;
  readonly data?: JsonText;
}

/** Lines of one attempt of a step; of no step where none is named. */
export interface LogEntry {
  readonly stepId?: StepId;
  readonly attempt?: number;
  readonly lines: readonly LogLine[];
}

const metadataKind = "stepwell.logs";

/**
 * The lines in an op's `metadata`. What is no line is left out: nothing that is only looked at may fail a run. It reads on
 * until the lines are more than a step may have, so that whoever stores them sees that some are left out.
 */
export function readOpLogs(metadata: unknown): readonly LogLine[] | undefined {
  if (!Array.isArray(metadata)) return undefined;
  const lines: LogLine[] = [];
  let bytes = 0;
  for (const entry of metadata) {
    const values = isObject(entry) && entry["kind"] === metadataKind ? entry["values"] : undefined;
    const given = isObject(values) ? values["lines"] : undefined;
    for (const value of Array.isArray(given) ? given : []) {
      if (bytes > limits.logBytesPerStepMax || lines.length > limits.logLinesPerRunMax) return lines;
      const line = readLine(value);
      if (typeof line === "string") continue;
      bytes += logLineBytes(line);
      lines.push(line);
    }
  }
  return lines.length === 0 ? undefined : lines;
}

/** What a line counts against the limits. */
export function logLineBytes({ text, data }: LogLine): number {
  return utf8Bytes(text) + (data === undefined ? 0 : utf8Bytes(data));
}

export type LogEntries =
  | { readonly kind: "entries"; readonly entries: readonly LogEntry[]; readonly count: number }
  | { readonly kind: "invalid"; readonly code: "invalid_request" | "json_too_deep"; readonly path: string; readonly message: string };

/** Reads `{ lines: [{ at, level, text, data?, stepId?, attempt? }] }`: all of it, or nothing. */
export function parseLogEntries(body: unknown, textLength: number): LogEntries {
  const lines = isObject(body) ? body["lines"] : undefined;
  if (!Array.isArray(lines)) return invalid("lines", "is a list of lines");
  if (lines.length > limits.logLinesPerRequestMax)
    return invalid(
      "lines",
      `has ${lines.length} lines; the limit of one request is ${limits.logLinesPerRequestMax} (logLinesPerRequestMax)`,
    );
  if (isTooDeep(body, textLength)) return { ...invalid("lines", tooDeepMessage("what the lines hold")), code: "json_too_deep" };
  const entries: { readonly stepId?: StepId; readonly attempt?: number; readonly lines: LogLine[] }[] = [];
  for (const [index, value] of lines.entries()) {
    const line = readLine(value);
    const place = typeof line === "string" ? line : readPlace(value);
    if (typeof line === "string" || typeof place === "string") return invalid(`lines[${index}]`, String(place));
    const last = entries.at(-1);
    if (last !== undefined && last.stepId === place.stepId && last.attempt === place.attempt) last.lines.push(line);
    else entries.push({ ...place, lines: [line] });
  }
  return { kind: "entries", entries, count: lines.length };
}

function invalid(path: string, message: string): Extract<LogEntries, { kind: "invalid" }> {
  return { kind: "invalid", code: "invalid_request", path, message };
}

/** Text: what is wrong with it. */
function readLine(value: unknown): LogLine | string {
  if (!isObject(value)) return "is no object";
  const { at, level, text, data } = value;
  if (typeof at !== "number" || !(at >= 0 && at <= limits.eventTsMax)) return "at is a time in ms since 1970";
  const known = logLevels.find((each) => each === level);
  if (known === undefined) return `level is one of ${logLevels.join(", ")}`;
  if (typeof text !== "string") return "text is a text";
  return { at: Math.floor(at) as EpochMs, level: known, text, ...(data === undefined || data === null ? {} : { data: asJson(data) }) };
}

function readPlace(value: unknown): Pick<LogEntry, "stepId" | "attempt"> | string {
  const { stepId, attempt } = isObject(value) ? value : {};
  const id = wordsOf(stepId);
  if (stepId !== undefined && stepId !== null && (id === undefined || id.length > limits.functionIdLengthMax))
    return `stepId is a text of 1 to ${limits.functionIdLengthMax} characters`;
  if (
    attempt !== undefined &&
    attempt !== null &&
    !(Number.isInteger(attempt) && Number(attempt) >= 0 && Number(attempt) <= limits.retriesMax)
  )
    return `attempt is a whole number from 0 to ${limits.retriesMax}`;
  return {
    ...(id === undefined ? {} : { stepId: id as StepId }),
    ...(typeof attempt === "number" ? { attempt } : {}),
  };
}
