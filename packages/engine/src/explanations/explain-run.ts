// Why a run does not move. Pure: everything was read before.

import { isEnded, parseRunError } from "@stepwell/protocol";
import type { OpenWaitReport, RunReport } from "@stepwell/store";
import { isGone } from "../apps/registry.ts";
import { estimateStart } from "./estimate-start.ts";
import { gateText } from "./gate-text.ts";
import { laneGates, placeOf } from "./lane-gates.ts";
import { runAdvice } from "./run-advice.ts";
import type { Headline, RunExplanation, RunGate, WaitGate } from "./run-explanation.ts";
import type { RunFacts } from "./run-facts.ts";

export function explainRun(facts: RunFacts): RunExplanation {
  const { run, phase, place, now } = facts;
  const about = { runId: run.id, functionSlug: run.functionSlug, functionName: run.functionName, state: phase.status };
  if (isEnded(run.status)) return { ...about, ...endOf(run), headline: ended(run, facts), gates: [], advice: [] };
  const gates = gatesOf(facts);
  const headline = headlineOf(facts, gates);
  const since = sinceOf(facts);
  const estimate =
    place === undefined || gates.some(({ gate, ok }) => gate === "function_active" && !ok)
      ? undefined
      : estimateStart({
          ...{ now, place, releases: facts.releases, hasOneKey: place.gates.filter(({ value }) => value !== "").length < 2 },
          isAtLeast: place.ahead >= facts.aheadMax,
        });
  return {
    ...about,
    ...(since === undefined ? {} : { since }),
    headline,
    gates: gates.map((gate) => (gate.ok ? gate : { ...gate, text: gateText(gate, now).text })),
    ...(estimate === undefined ? {} : { estimate }),
    advice: runAdvice(facts, gates),
  };
}

function endOf({ endedAt, error }: RunReport): Pick<RunExplanation, "since" | "error"> {
  const since = endedAt === undefined ? {} : { since: endedAt };
  if (error === undefined) return since;
  const { name, message, code } = parseRunError(error);
  return { ...since, error: { name, message, ...(code === undefined ? {} : { code }) } };
}

function ended({ status, cancelReason }: RunReport, { phase }: RunFacts): Headline {
  if (phase.reason !== undefined) return { code: phase.reason.code, text: phase.reason.text };
  const why = status === "cancelled" && cancelReason !== undefined ? ` (${cancelReason})` : "";
  return { code: "ended", text: `the run is over: ${status}${why}` };
}

function gatesOf(facts: RunFacts): readonly RunGate[] {
  const { place, waits, room, phase } = facts;
  const isInMemory = phase.status === "queued" && place === undefined;
  const isFull = room.inUse >= room.limit;
  const lane = place === undefined ? [] : laneGates(facts, place);
  const turn = place?.state === "ready" ? placeOf(place, facts.aheadMax) : undefined;
  return [
    functionGate(facts),
    ...appGate(facts),
    ...(place === undefined ? [] : [dueGate(facts)]),
    ...lane,
    ...(turn === undefined ? [] : [{ gate: "turn", ok: turn.position === 1, ...turn } as const]),
    ...(turn === undefined && !isInMemory ? [] : [{ gate: "node_room", ok: !isFull, ...room } as const]),
    ...waits.map((wait) => waitGate(wait, facts)),
  ];
}

function functionGate({ run, entry, app }: RunFacts): RunGate {
  const since = entry?.record.archivedAt ?? run.functionArchivedAt;
  const isShut = entry === undefined ? since !== undefined : isGone(entry.record);
  if (!isShut || since === undefined) return { gate: "function_active", ok: true };
  return { gate: "function_active", ok: false, since, reason: app === undefined ? "app_removed" : "archived" };
}

function appGate({ app, phase }: RunFacts): readonly RunGate[] {
  const { reason } = phase;
  if (reason?.code === "app_unreachable") return [{ gate: "app_reachable", ok: false, error: reason.text }];
  if (app === undefined) return [];
  const { error, failingSince } = app;
  if (error === undefined) return [{ gate: "app_reachable", ok: true }];
  return [{ gate: "app_reachable", ok: false, error, ...(failingSince === undefined ? {} : { since: failingSince }) }];
}

function dueGate({ place, now, phase, lastFailure }: RunFacts): RunGate {
  if (place === undefined || place.state === "ready" || place.dueAt <= now) return { gate: "due", ok: true };
  const code = phase.reason?.code;
  const isRetry = code === "retry";
  return {
    gate: "due",
    ok: false,
    until: place.dueAt,
    reason: code === "sleep" || isRetry ? code : "scheduled",
    ...(phase.reason?.stepId === undefined ? {} : { stepId: phase.reason.stepId }),
    ...(isRetry && lastFailure !== undefined
      ? { lastError: { code: lastFailure.errorCode, message: lastFailure.message, at: lastFailure.endedAt } }
      : {}),
  };
}

function waitGate(wait: OpenWaitReport, { children }: RunFacts): WaitGate {
  const { kind, name, until, expression, stepId, stepName, startedAt, child, term } = wait;
  return {
    ...{ gate: "wait", ok: false, kind, name, until, stepId, stepName },
    ...(startedAt === undefined ? {} : { since: startedAt }),
    ...(expression === undefined ? {} : { condition: expression }),
    ...(term === undefined ? {} : { match: `event.${term.path} == ${term.value}` }),
    ...(child === undefined ? {} : { child: { ...child, status: children.get(child.runId)?.phase.status ?? child.status } }),
  };
}

/** The first thing that is shut keeps it, whatever is behind. What the app does now needs no gate. */
function headlineOf({ phase, now, inCall, place }: RunFacts, gates: readonly RunGate[]): Headline {
  const [call] = inCall;
  if (call !== undefined)
    return { code: "running", text: `the app is being called${call.attempt > 0 ? `, attempt ${call.attempt + 1}` : ""}` };
  const { reason } = phase;
  if (reason?.code === "app_unreachable") return { code: reason.code, text: reason.text };
  const shut = gates.find(({ ok, gate }) => !ok && gate !== "app_reachable");
  if (shut === undefined) return next(place !== undefined);
  // The words of its status are those that people see in lists.
  if (reason !== undefined && reason.code === gateText(shut, now).code)
    return { code: reason.code, text: reason.text, ...(reason.until === undefined ? {} : { until: reason.until }) };
  return gateText(shut, now);
}

function next(isQueued: boolean): Headline {
  return isQueued
    ? { code: "next", text: "nothing keeps it: it is next, and is taken at the turn of its function" }
    : { code: "moving", text: "nothing keeps it: it is on its way from one state to the next" };
}

function sinceOf({ run, phase, place, waits, inCall, heldSince }: RunFacts): RunExplanation["since"] {
  const [call] = inCall;
  if (call !== undefined) return call.since;
  if (phase.status === "queued")
    return place !== undefined && place.dueAt > run.queuedAt && place.state === "ready" ? place.dueAt : run.queuedAt;
  if (phase.status === "running") return heldSince;
  const begun = waits.flatMap(({ startedAt }) => startedAt ?? []);
  return phase.status === "waiting" && begun.length > 0 ? begun.toSorted((one, other) => one - other)[0] : undefined;
}
