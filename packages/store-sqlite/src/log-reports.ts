import { type EpochMs, type JsonText, type LogLevel, logLevels, type RunId, type StepId } from "@stepwell/protocol";
import type { LogCount, LogFilter, LogPage, LogReport } from "@stepwell/store";
import { cutNumbers } from "./logs.ts";
import type { ReportReader } from "./report-reader.ts";
import { numberOf, optional, type Row, textOf } from "./rows.ts";

const seqOfRun = "(select seq from runs where id = ?)";

/** What runs wrote to their logs. */
export class LogReports {
  readonly #reader: ReportReader;

  constructor(reader: ReportReader) {
    this.#reader = reader;
  }

  ofRun(
    runId: RunId,
    { stepId, levels }: LogFilter,
    { limit, after }: LogPage,
  ): { readonly lines: readonly LogReport[]; readonly hasMore: boolean } {
    const numbers = levels?.map((level) => logLevels.indexOf(level));
    const conditions = [
      ...(stepId === undefined ? [] : ["and step_id = ?"]),
      ...(numbers === undefined ? [] : [`and level in (${numbers.map(() => "?").join(", ")})`]),
    ];
    const rows = this.#reader.all(
      `select * from log_lines where run_seq = ${seqOfRun} and seq > ? ${conditions.join(" ")} order by seq limit ?`,
      runId,
      after,
      ...(stepId === undefined ? [] : [stepId]),
      ...(numbers ?? []),
      limit + 1,
    );
    return { lines: rows.slice(0, limit).map(decode), hasMore: rows.length > limit };
  }

  countsOfRun(runId: RunId): readonly LogCount[] {
    const rows = this.#reader.all(
      `select step_id, attempt, lines from attempt_logs where run_seq = ${seqOfRun} and lines > 0 order by step_id, attempt`,
      runId,
    );
    return rows.map((row) => ({
      ...optional<"stepId", StepId>("stepId", row["step_id"] === "" ? null : row["step_id"]),
      ...optional<"attempt", number>("attempt", row["attempt"] === -1 ? null : row["attempt"]),
      lines: numberOf(row, "lines"),
    }));
  }
}

function decode(row: Row): LogReport {
  const cut = numberOf(row, "cut");
  return {
    seq: numberOf(row, "seq"),
    at: numberOf(row, "at") as EpochMs,
    level: logLevels[numberOf(row, "level")] as LogLevel,
    text: textOf(row, "text"),
    ...optional<"data", JsonText>("data", row["data"]),
    ...optional<"stepId", StepId>("stepId", row["step_id"]),
    ...optional<"attempt", number>("attempt", row["attempt"]),
    ...(cut === 0 ? {} : { cut: cut === cutNumbers.step ? "step" : "run" }),
  };
}
