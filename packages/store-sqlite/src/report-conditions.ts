// What a list is asked for, as conditions in SQL.

import type { SQLInputValue } from "node:sqlite";
import type { RunStatus } from "@stepwell/protocol";
import type { EventFilter, FailureGroupFilter, RunFilter } from "@stepwell/store";
import { failureStateNumbers } from "./dead-letters.ts";
import { statusNumbers } from "./rows.ts";

/**
 * The runs an event started: those of its own unit stand between it and the next event, others are linked to it. `event` is
 * its place, and stands in there four times.
 */
export function runsOfEvent(event: string): string {
  const next = `coalesce((select min(seq) from events where seq > ${event}), ${Number.MAX_SAFE_INTEGER})`;
  return `select seq from runs where event_seq = ${event} and seq > ${event} and seq < ${next}
          union select run_seq from run_events where event_seq = ${event}`;
}

const isLinkedByName = "exists (select 1 from run_events l join events n on n.seq = l.event_seq where l.run_seq = r.seq and n.name = ?)";

/** Each a condition with its values; all of them hold. */
export type Conditions = readonly (readonly [string, ...SQLInputValue[]])[];

export function clause(conditions: Conditions): { readonly sql: string; readonly values: readonly SQLInputValue[] } {
  if (conditions.length === 0) return { sql: "", values: [] };
  return { sql: `where ${conditions.map(([sql]) => sql).join(" and ")}`, values: conditions.flatMap(([, ...values]) => values) };
}

function oneOf(column: string, values: readonly SQLInputValue[]): readonly [string, ...SQLInputValue[]] {
  return [`${column} in (${values.map(() => "?").join(", ")})`, ...values];
}

export function runConditions(filter: RunFilter): Conditions {
  const conditions: (readonly [string, ...SQLInputValue[]])[] = [];
  if (filter.environmentId !== undefined) conditions.push(["r.environment_id = ?", filter.environmentId]);
  if (filter.statuses !== undefined) conditions.push(...statusConditions(filter.statuses));
  if (filter.functionIds !== undefined) conditions.push(oneOf("r.function_id", filter.functionIds));
  if (filter.appIds !== undefined) conditions.push(oneOf("f.app_id", filter.appIds));
  if (filter.eventId !== undefined) {
    const event = "(select seq from events where id = ?)";
    const { eventId } = filter;
    conditions.push([`r.seq in (${runsOfEvent(event)})`, eventId, eventId, eventId, eventId]);
  }
  if (filter.parentRunId !== undefined)
    conditions.push([
      "r.seq in (select child_run_seq from invokes where parent_run_seq = (select seq from runs where id = ?))",
      filter.parentRunId,
    ]);
  if (filter.eventName !== undefined) conditions.push([`(e.name = ? or ${isLinkedByName})`, filter.eventName, filter.eventName]);
  if (filter.queuedFrom !== undefined) conditions.push(["r.queued_at >= ?", filter.queuedFrom]);
  if (filter.queuedTo !== undefined) conditions.push(["r.queued_at < ?", filter.queuedTo]);
  if (filter.failures !== undefined) conditions.push(ofGroups(oneOf("g.fingerprint", filter.failures)));
  if (filter.failureStates !== undefined)
    conditions.push(
      ofGroups(
        oneOf(
          "g.state",
          filter.failureStates.map((state) => failureStateNumbers[state]),
        ),
      ),
    );
  return conditions;
}

/** Failed runs, by a condition on their group. */
function ofGroups([sql, ...values]: Conditions[number]): Conditions[number] {
  return [`r.seq in (select d.run_seq from failure_groups g join dead_letters d on d.group_seq = g.seq where ${sql})`, ...values];
}

export function failureConditions(filter: FailureGroupFilter): Conditions {
  const conditions: (readonly [string, ...SQLInputValue[]])[] = [];
  if (filter.environmentId !== undefined) conditions.push(["g.environment_id = ?", filter.environmentId]);
  if (filter.states !== undefined)
    conditions.push(
      oneOf(
        "g.state",
        filter.states.map((state) => failureStateNumbers[state]),
      ),
    );
  if (filter.functionIds !== undefined) conditions.push(oneOf("g.function_id", filter.functionIds));
  if (filter.appIds !== undefined) conditions.push(oneOf("f.app_id", filter.appIds));
  if (filter.lastFrom !== undefined) conditions.push(["g.last_at >= ?", filter.lastFrom]);
  if (filter.lastTo !== undefined) conditions.push(["g.last_at < ?", filter.lastTo]);
  return conditions;
}

/** The partial index of runs in trouble is used only by a question that repeats its condition. */
function statusConditions(statuses: readonly RunStatus[]): Conditions {
  const numbers = statuses.map((status) => statusNumbers[status]);
  const isTroubled = numbers.every((number) => number >= statusNumbers.failed);
  return [oneOf("r.status", numbers), ...(isTroubled ? ([["r.status >= 3"]] as const) : [])];
}

export function eventConditions(filter: EventFilter): Conditions {
  const conditions: (readonly [string, ...SQLInputValue[]])[] = [];
  if (filter.environmentId !== undefined) conditions.push(["e.environment_id = ?", filter.environmentId]);
  if (filter.ids !== undefined) conditions.push(oneOf("e.id", filter.ids));
  if (filter.names !== undefined) conditions.push(oneOf("e.name", filter.names));
  if (filter.receivedFrom !== undefined) conditions.push(["e.received_at >= ?", filter.receivedFrom]);
  if (filter.receivedTo !== undefined) conditions.push(["e.received_at < ?", filter.receivedTo]);
  return conditions;
}
