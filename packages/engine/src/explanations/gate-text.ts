import { assertNever, type EpochMs, formatDuration } from "@stepwell/protocol";
import { orderText } from "./order-text.ts";
import type { Headline, LimitGate, Place, RunGate, ThrottleGate } from "./run-explanation.ts";

/** What a gate that is shut says, in one sentence. */
export function gateText(gate: RunGate, now: EpochMs): Headline {
  const until = "until" in gate && gate.until !== undefined ? { until: gate.until } : {};
  return { code: codeOf(gate), text: textOf(gate, now), ...until };
}

function codeOf(gate: RunGate): string {
  if (gate.gate === "wait") return gate.kind;
  if (gate.gate === "function_active") return "function_gone";
  if (gate.gate === "breaker") return "circuit_open";
  return gate.gate === "due" ? (gate.reason ?? "scheduled") : gate.gate;
}

function textOf(gate: RunGate, now: EpochMs): string {
  switch (gate.gate) {
    case "function_active":
      return gate.reason === "app_removed"
        ? "the app of its function was removed; it goes on when the app registers again"
        : "its app does not list the function any more; it goes on when the app registers it again";
    case "app_reachable":
      return `the app could not be reached or read: ${gate.error ?? "it did not say why"}`;
    case "due":
      return dueText(gate.until, now);
    case "breaker":
      return breakerText(gate, now);
    case "concurrency":
      return limitText(gate);
    case "throttle":
      return throttleText(gate, now);
    case "turn":
      return `it is ${orderText(gate.position)} in its lane`;
    case "node_room":
      return `all ${gate.limit} calls that this server makes at once are under way; it waits for a free one`;
    case "wait":
      return `step "${gate.stepName}" waits for ${what[gate.kind]} "${gate.name}", for another ${span(gate.until, now)}`;
    case "collect":
      return collectText(gate, now);
    default:
      return assertNever(gate);
  }
}

const what = { event: "the event", signal: "the signal", invoke: "a run of" } as const;

function dueText(until: EpochMs | undefined, now: EpochMs): string {
  return until === undefined ? "it is not due" : `it is due in ${span(until, now)}`;
}

function breakerText({ label, reason, until, calls, failures }: Extract<RunGate, { gate: "breaker" }>, now: EpochMs): string {
  const of = label === undefined ? "" : ` of ${label}`;
  const why = reason === "back_pressure" ? "the app asked for a pause" : `the breaker${of} is open: ${failures} of ${calls} calls failed`;
  return until === undefined
    ? `${why}; one call at a time is made until one goes well`
    : `${why}; the next call is made in ${span(until, now)}`;
}

function limitText({ label, limit, level, holders, inUse, scope, place }: LimitGate): string {
  const [first] = holders;
  const others = inUse > 1 ? ` and ${inUse - 1} more` : "";
  const where = scope === "fn" ? "" : scope === "env" ? " in the environment" : " in the account";
  const held = first === undefined ? "" : `; held by run ${first.runId}${others}`;
  return `${label ?? "the function"} allows ${counted(limit, level === "run" ? "run" : "call")} at once${where}${held}${placeText(place)}`;
}

function throttleText({ label, limit, periodMs, until, place }: ThrottleGate, now: EpochMs): string {
  const next = until === undefined ? "" : `; the next one in ${span(until, now)}`;
  return `${label ?? "the function"} lets ${counted(limit, "run")} begin in ${formatDuration(periodMs)}${next}${placeText(place)}`;
}

function collectText({ kind, until, events, eventsMax, label }: Extract<RunGate, { gate: "collect" }>, now: EpochMs): string {
  const of = label === undefined ? "" : ` of ${label}`;
  const so = `${counted(events, "event")}${of} so far`;
  return kind === "debounce"
    ? `${so}; it begins in ${span(until, now)}, unless another event comes`
    : `${so}; it begins in ${span(until, now)}${eventsMax === undefined ? "" : `, or with ${eventsMax} events`}`;
}

function placeText(place: Place | undefined): string {
  if (place === undefined) return "";
  return place.isAtLeast ? `; more than ${place.position - 1} are before it` : `; it is ${orderText(place.position)} in line`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Whole seconds from a second up: nobody reads milliseconds of an hour. */
function span(until: EpochMs, now: EpochMs): string {
  const ms = Math.max(0, until - now);
  return formatDuration(ms < 1_000 ? ms : Math.ceil(ms / 1_000) * 1_000);
}
