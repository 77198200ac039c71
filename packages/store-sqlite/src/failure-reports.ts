import type { EpochMs, StoreSeq } from "@stepwell/protocol";
import type { AppId, EnvironmentId, FailureGroupFilter, FailureGroupReport, FailureState, FunctionId } from "@stepwell/store";
import { failureStateNumbers } from "./dead-letters.ts";
import { clause, failureConditions } from "./report-conditions.ts";
import type { ReportReader } from "./report-reader.ts";
import { numberOf, optional, type Row, textOf } from "./rows.ts";

const tables = "failure_groups g join functions f on f.id = g.function_id join apps a on a.id = f.app_id";

export const failureSelect = `select g.*, f.slug, f.name as function_name, f.app_id, a.name as app_name from ${tables}`;

const states = Object.keys(failureStateNumbers) as readonly FailureState[];

/** Groups of failures, besides their list. */
export class FailureReports {
  readonly #reader: ReportReader;

  constructor(reader: ReportReader) {
    this.#reader = reader;
  }

  count(filter: FailureGroupFilter): Readonly<Record<FailureState, number>> {
    const { sql, values } = clause(failureConditions(filter));
    const rows = this.#reader.all(`select g.state, count(*) as count from ${tables} ${sql} group by g.state`, ...values);
    const counts = { open: 0, resolved: 0, ignored: 0 };
    for (const row of rows) counts[stateOf(row)] = numberOf(row, "count");
    return counts;
  }

  find(prefix: string): { readonly group?: FailureGroupReport; readonly matches: number } {
    const rows = this.#reader.all(
      `${failureSelect} where g.fingerprint >= ? and g.fingerprint < ? order by g.fingerprint limit 2`,
      prefix,
      `${prefix}~`,
    );
    const exact = rows.find((row) => row["fingerprint"] === prefix);
    const [only] = exact === undefined ? rows : [exact];
    return only !== undefined && (exact !== undefined || rows.length === 1)
      ? { group: decodeFailure(only), matches: 1 }
      : { matches: rows.length };
  }
}

function stateOf(row: Row): FailureState {
  const state = states[numberOf(row, "state")];
  if (state === undefined) throw new Error(`a group of failures has the unknown state ${String(row["state"])}`);
  return state;
}

export function decodeFailure(row: Row): FailureGroupReport {
  return {
    seq: numberOf(row, "last_seq") as StoreSeq,
    environmentId: numberOf(row, "environment_id") as EnvironmentId,
    functionId: numberOf(row, "function_id") as FunctionId,
    functionSlug: textOf(row, "slug"),
    functionName: textOf(row, "function_name"),
    appId: numberOf(row, "app_id") as AppId,
    appName: textOf(row, "app_name"),
    fingerprint: textOf(row, "fingerprint"),
    name: textOf(row, "name"),
    template: textOf(row, "template"),
    ...optional<"stepName", string>("stepName", row["step_name"]),
    ...optional<"frame", string>("frame", row["frame"]),
    state: stateOf(row),
    ...optional<"stateAt", EpochMs>("stateAt", row["state_at"]),
    ...optional<"reopenedAt", EpochMs>("reopenedAt", row["reopened_at"]),
    count: numberOf(row, "count"),
    kept: numberOf(row, "kept"),
    redriven: numberOf(row, "redriven"),
    firstAt: numberOf(row, "first_at") as EpochMs,
    lastAt: numberOf(row, "last_at") as EpochMs,
  };
}
