import { type LogLine, limits, logLineBytes } from "@stepwell/protocol";

/** What an attempt, or a run, has of log lines; once it is cut nothing comes any more. */
export interface LogSizes {
  readonly lines: number;
  readonly bytes: number;
  readonly isCut: boolean;
}

/** A line as it is stored, or the mark behind the last one. */
export type FittedLine =
  | { readonly kind: "line"; readonly line: LogLine }
  | { readonly kind: "cut"; readonly of: "step" | "run"; readonly at: LogLine["at"]; readonly level: LogLine["level"] };

/** Takes lines as long as there is room, the last one as far as it fits. */
export function fitLogs(
  lines: readonly LogLine[],
  sizes: { readonly step: LogSizes; readonly run: LogSizes },
): { readonly fitted: readonly FittedLine[]; readonly step: LogSizes; readonly run: LogSizes } {
  let { step, run } = sizes;
  const fitted: FittedLine[] = [];
  for (const line of lines) {
    if (step.isCut || run.isCut) break;
    const rest = { step: limits.logBytesPerStepMax - step.bytes, run: limits.logBytesPerRunMax - run.bytes };
    const isLast = run.lines >= limits.logLinesPerRunMax;
    const kept = isLast ? undefined : shorten(line, Math.min(rest.step, rest.run));
    if (kept !== undefined) {
      fitted.push({ kind: "line", line: kept });
      [step, run] = [withLine(step, kept), withLine(run, kept)];
    }
    if (kept === line) continue;
    const of = isLast || rest.run < rest.step ? "run" : "step";
    fitted.push({ kind: "cut", of, at: line.at, level: line.level });
    if (of === "run") run = { ...run, isCut: true };
    else step = { ...step, isCut: true };
  }
  return { fitted, step, run };
}

function withLine(sizes: LogSizes, line: LogLine): LogSizes {
  return { ...sizes, lines: sizes.lines + 1, bytes: sizes.bytes + logLineBytes(line) };
}

/** The line, what of its text fits, or nothing. Data that does not fit is left out as a whole. */
function shorten(line: LogLine, bytesMax: number): LogLine | undefined {
  if (logLineBytes(line) <= bytesMax) return line;
  const { data: _, ...bare } = line;
  const bytes = Buffer.from(line.text);
  let end = Math.min(bytes.length, bytesMax);
  // Not in the middle of a character.
  while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end === 0 ? undefined : { ...bare, text: bytes.toString("utf8", 0, end) };
}
