import { asJson, assertNever, formatDuration } from "@stepwell/protocol";
import type { FateFacts } from "./event-explanation.ts";
import type { EventFacts } from "./event-facts.ts";

const valueLengthMax = 80;

/** One sentence. */
export function fateText(fate: FateFacts, facts: EventFacts): string {
  switch (fate.outcome) {
    case "started":
      return `started run ${fate.runId} (${fate.runStatus ?? "no longer kept"})`;
    case "skipped":
      return `skipped: run ${fate.blockingRunId ?? "of the function"} has the singleton`;
    case "batched":
      return batchedText(fate, facts);
    case "debounced":
      return debouncedText(fate, facts);
    case "duplicate":
      return `${duplicateOf(fate, facts)}: it started run ${fate.runId} first`;
    case "rate_limited":
      return `${fate.label === undefined ? "the function" : fate.label} is rate limited; the next one ${inTime(fate.nextAt, facts)}`;
    case "not_matched":
      return `${fate.expression} is false${readText(fate.read)}`;
    case "error":
      return `its condition failed: ${fate.error}`;
    case "missed":
    case "overlap":
    case "not_started":
      return fate.detail ?? "did not start";
    case "pending":
      return `run ${fate.runId} is about to be made: the event starts more functions than one commit holds`;
    case "removed":
      return `its app did not list the function any more, since ${formatDuration(whole(facts.event.receivedAt - fate.since))} before the event`;
    case "unknown":
      return "nothing is recorded: it was registered, or got this name, after the event came, or its run is no longer kept";
    default:
      return assertNever(fate);
  }
}

type Fate<Outcome> = Extract<FateFacts, { outcome: Outcome }>;

function batchedText({ runId, runStatus, events, until }: Fate<"batched">, facts: EventFacts): string {
  if (runStatus === "collecting")
    return `waits${events === undefined || events < 2 ? "" : ` with ${events - 1} other${events === 2 ? "" : "s"}`} for run ${runId}, which begins ${soon(until, facts)} at the latest`;
  return runStatus === undefined
    ? `went into run ${runId}, which is no longer kept`
    : `one of ${events} events of run ${runId} (${runStatus})`;
}

function debouncedText({ runId, runStatus, wonBy, until }: Fate<"debounced">, facts: EventFacts): string {
  const isKept = wonBy === facts.event.id;
  if (runStatus === undefined) return `debounced into run ${runId}, which is no longer kept`;
  const by = isKept ? "this event" : `event ${wonBy ?? "of later"}`;
  if (runStatus === "collecting") return `debounced: run ${runId} begins ${soon(until, facts)} with ${by}, unless another one comes`;
  return `debounced: run ${runId} (${runStatus}) is for ${by}`;
}

function duplicateOf({ by, keyExpr }: Fate<"duplicate">, { event }: EventFacts): string {
  const key = `an event with the same idempotency key (${keyExpr})`;
  if (by === "event_id") return `a repeat of the event id ${asJson(cut(event.externalId ?? event.id))}`;
  return by === "idempotency" ? `a repeat of ${key}` : `a repeat of the event id ${asJson(cut(event.externalId ?? ""))}, or of ${key}`;
}

function readText(read: Readonly<Record<string, unknown>>): string {
  const values = Object.entries(read).map(([path, value]) => `${path} is ${cut(asJson(value))}`);
  return values.length === 0 ? "" : ` (${values.join(", ")})`;
}

function inTime(at: number, { now }: EventFacts): string {
  return at <= now ? "would pass now" : `passes in ${formatDuration(whole(at - now))}`;
}

function soon(at: number | undefined, { now }: EventFacts): string {
  return at === undefined ? "later" : `in ${formatDuration(whole(Math.max(0, at - now)))}`;
}

/** Whole seconds from a second up. */
function whole(ms: number): number {
  return ms < 1_000 ? ms : Math.ceil(ms / 1_000) * 1_000;
}

/** A value may be megabytes. */
function cut(text: string): string {
  return text.length <= valueLengthMax ? text : `${text.slice(0, valueLengthMax)}…`;
}
