// Answers to "why?" in the shapes of our own API. Pure: explanations in, JSON out.

import type { EventExplanation, EventFate, RunExplanation, ToldGate } from "@stepwell/engine";
import { asJson, parseJson } from "@stepwell/protocol";
import { runHint } from "../../run-hints.ts";
import { iso } from "./run-view.ts";

type Json = Record<string, unknown>;

export function runWhyView(explanation: RunExplanation): Json {
  const { runId, functionSlug, functionName, state, since, headline, error, gates, estimate, advice } = explanation;
  return {
    runId,
    function: { slug: functionSlug, name: functionName },
    state,
    since: iso(since),
    headline: headlineView(headline),
    ...(error === undefined ? {} : { error: { ...error, hint: runHint(error.code) } }),
    gates: gates.map(gateView),
    estimate: estimate === undefined ? null : { ...estimate, startAt: iso(estimate.startAt) },
    advice,
  };
}

function headlineView({ code, text, until }: RunExplanation["headline"]): Json {
  return { code, text, until: iso(until) };
}

function gateView(gate: ToldGate): Json {
  const view: Json = { ...gate, ...times(gate) };
  const place = "place" in gate ? gate.place : gate.gate === "turn" ? gate : undefined;
  delete view["place"];
  delete view["isAtLeast"];
  if (place !== undefined) {
    const { position, isAtLeast, queue } = place;
    view["position"] = position;
    view["positionRelation"] = isAtLeast ? "at_least" : "exact";
    view["queue"] = queue;
  }
  if (gate.gate === "due" && gate.lastError !== undefined) view["lastError"] = { ...gate.lastError, at: iso(gate.lastError.at) };
  return view;
}

function times(gate: ToldGate): Json {
  return {
    ...("since" in gate && gate.since !== undefined ? { since: iso(gate.since) } : {}),
    ...("until" in gate && gate.until !== undefined ? { until: iso(gate.until) } : {}),
    ...("cap" in gate && gate.cap !== undefined ? { cap: iso(gate.cap) } : {}),
  };
}

export function eventWhyView({ eventId, name, receivedAt, headline, functions, wakes }: EventExplanation): Json {
  return {
    eventId,
    name,
    receivedAt: iso(receivedAt),
    headline: headlineView(headline),
    functions: functions.map(fateView),
    wakes: wakes.map(({ functionSlug, ...wake }) => ({ ...wake, function: { slug: functionSlug } })),
  };
}

function fateView(fate: EventFate): Json {
  const { function: of, outcome, text, ...rest } = fate;
  return {
    function: of,
    outcome,
    text,
    ...rest,
    ...("until" in fate && fate.until !== undefined ? { until: iso(fate.until) } : {}),
    ...("nextAt" in fate ? { nextAt: iso(fate.nextAt) } : {}),
    ...("since" in fate ? { since: iso(fate.since) } : {}),
    ...("read" in fate ? { read: readView(fate.read) } : {}),
  };
}

const valueLengthMax = 80;

/** A value may be megabytes, and stands beside the event that has it whole. */
function readView(read: Readonly<Record<string, unknown>>): Json {
  return Object.fromEntries(
    Object.entries(read).map(([path, value]) => {
      const text = asJson(value);
      return [path, text.length <= valueLengthMax ? parseJson(text) : `${text.slice(0, valueLengthMax)}…`];
    }),
  );
}
