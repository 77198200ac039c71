import type { Engine } from "@stepwell/engine";
import { parseEventId, parseRunId, type RunStatus, runStatuses } from "@stepwell/protocol";
import type { FailureState, FunctionId, RunFilter } from "@stepwell/store";
import { problem } from "../../problem.ts";
import { readTimes } from "./read-times.ts";

/** The parameters that say which runs are meant. */
export const runFilterParameters = ["status", "fn", "app", "event", "eventName", "parent", "failure", "failureState", "from", "to"];

const alive: readonly RunStatus[] = ["queued", "running"];
/** Statuses that are computed, and are found among the stored ones of runs that are alive. */
const computed: ReadonlySet<string> = new Set([...alive, "waiting", "retrying"]);

/** The statuses to look for, or nothing where the stored ones say it. */
export function shownStatuses(query: URLSearchParams): ReadonlySet<string> | undefined {
  const statuses = listOf(query, "status");
  return statuses.includes("live") || !statuses.some((status) => computed.has(status)) ? undefined : new Set(statuses);
}

/** A filter, or what is wrong with it. */
export function readRunFilter(engine: Engine, query: URLSearchParams): RunFilter | Response {
  const statuses = listOf(query, "status");
  const known = [...runStatuses, "waiting", "retrying", "live"];
  const unknown = statuses.find((status) => !known.includes(status));
  if (unknown !== undefined)
    return problem({
      code: "invalid_request",
      detail: `"${unknown.slice(0, 40)}" is no status; there are ${known.join(", ")}`,
      fields: [{ path: "status", message: "unknown status" }],
    });
  const isAlive = (status: string): boolean => status === "live" || computed.has(status);
  const stored = [...new Set(statuses.flatMap((status) => (isAlive(status) ? alive : [status as RunStatus])))];
  const functionIds = functionsNamed(engine, listOf(query, "fn"));
  if (functionIds instanceof Response) return functionIds;
  const appIds = engine
    .apps()
    .filter(({ name }) => listOf(query, "app").includes(name))
    .map(({ id }) => id);
  const eventId = query.get("event");
  const event = eventId === null ? undefined : parseEventId(eventId);
  if (eventId !== null && event === undefined)
    return problem({ code: "invalid_event_id", detail: "event is a ULID", fields: [{ path: "event", message: "not a ULID" }] });
  const parent = query.get("parent");
  const parentRunId = parent === null ? undefined : parseRunId(parent);
  if (parent !== null && parentRunId === undefined)
    return problem({ code: "invalid_run_id", detail: "parent is a ULID", fields: [{ path: "parent", message: "not a ULID" }] });
  const times = readTimes(query);
  if (times instanceof Response) return times;
  const eventName = query.get("eventName");
  const failures = listOf(query, "failure");
  const failureStates = failureStatesOf(query, "failureState");
  if (failureStates instanceof Response) return failureStates;
  return {
    ...(stored.length === 0 ? {} : { statuses: stored }),
    ...(functionIds === undefined ? {} : { functionIds }),
    ...(listOf(query, "app").length === 0 ? {} : { appIds }),
    ...(event === undefined ? {} : { eventId: event }),
    ...(eventName === null ? {} : { eventName }),
    ...(parentRunId === undefined ? {} : { parentRunId }),
    ...(failures.length === 0 ? {} : { failures }),
    ...(failureStates === undefined ? {} : { failureStates }),
    ...(times.from === undefined ? {} : { queuedFrom: times.from }),
    ...(times.to === undefined ? {} : { queuedTo: times.to }),
  };
}

const failureStates: readonly FailureState[] = ["open", "resolved", "ignored"];

/** States of groups of failures; absent: none is asked for. */
export function failureStatesOf(query: URLSearchParams, name: string): readonly FailureState[] | undefined | Response {
  const given = listOf(query, name);
  const unknown = given.find((state) => !failureStates.some((known) => known === state));
  if (unknown === undefined) return given.length === 0 ? undefined : (given as readonly FailureState[]);
  return problem({
    code: "invalid_request",
    detail: `"${unknown.slice(0, 40)}" is no state of a group of failures; there are ${failureStates.join(", ")}`,
    fields: [{ path: name, message: "unknown state" }],
  });
}

function functionsNamed(engine: Engine, names: readonly string[]): readonly FunctionId[] | undefined | Response {
  if (names.length === 0) return undefined;
  const ids: FunctionId[] = [];
  for (const name of names) {
    const found = engine.findFunction(name);
    if (found === undefined)
      return problem({
        code: "function_not_found",
        detail: `no function is called "${name.slice(0, 80)}"`,
        fields: [{ path: "fn", message: "unknown function" }],
      });
    ids.push(found.id);
  }
  return ids;
}

function listOf(query: URLSearchParams, name: string): readonly string[] {
  return query
    .getAll(name)
    .flatMap((text) => text.split(","))
    .filter((text) => text !== "");
}
