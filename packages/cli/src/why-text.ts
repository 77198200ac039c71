import { isObject, type JsonObject } from "@stepwell/protocol";
import { runErrorLines } from "./run-error-lines.ts";
import { statusMark } from "./status-mark.ts";
import { took } from "./time-text.ts";

/** Why a run does not move, for people: the headline, then a line for each gate. */
export function runWhyText(why: JsonObject): string {
  const slug = isObject(why["function"]) ? String(why["function"]["slug"]) : "";
  const state = String(why["state"]);
  return [
    `${statusMark(state)} ${state}  ${slug}  ${String(why["runId"])}`,
    ...headline(why),
    ...runErrorLines(why["error"]),
    ...estimateLines(why["estimate"]),
    ...objectsOf(why["gates"]).flatMap((gate) => gateLines(gate, isObject(why["headline"]) ? why["headline"]["text"] : undefined)),
    ...objectsOf(why["advice"]).map((advice) => `  ! ${String(advice["text"])}`),
  ].join("\n");
}

/** What became of an event, for people: a line for each function. */
export function eventWhyText(why: JsonObject): string {
  return [
    `event ${String(why["name"])}  ${String(why["eventId"])}  received ${String(why["receivedAt"])}`,
    ...headline(why),
    ...objectsOf(why["functions"]).map((fate) => {
      const slug = isObject(fate["function"]) ? String(fate["function"]["slug"]) : "";
      return `  ${outcomeMarks[String(fate["outcome"])] ?? "–"} ${slug.padEnd(28)} ${String(fate["outcome"]).replaceAll("_", " ").padEnd(13)} ${String(fate["text"])}`;
    }),
    ...objectsOf(why["wakes"]).map((wake) => `  → woke step "${String(wake["stepName"])}" of run ${String(wake["runId"])}`),
  ].join("\n");
}

const outcomeMarks: Readonly<Record<string, string>> = {
  started: "✓",
  batched: "✓",
  debounced: "✓",
  pending: "○",
  error: "✕",
  rate_limited: "✕",
};

function headline({ headline }: JsonObject): readonly string[] {
  return isObject(headline) ? [`  ${String(headline["text"])}`] : [];
}

function estimateLines(estimate: unknown): readonly string[] {
  if (!isObject(estimate)) return [];
  const { startAt, confidence, basis } = estimate;
  return [`  begins about ${String(startAt)} (confidence: ${String(confidence)}; ${String(basis)})`];
}

/** What the headline has said is not said again. */
function gateLines(gate: JsonObject, said: unknown): readonly string[] {
  const name = String(gate["gate"]).replaceAll("_", " ");
  if (gate["ok"] === true) return [`  ✓ ${name}${factsOf(gate)}`];
  const text = gate["text"] === said ? "" : `: ${String(gate["text"])}`;
  return [`  ✕ ${name}${factsOf(gate)}${text}`, ...holderLines(gate), ...queueLines(gate), ...errorLines(gate)];
}

/** The key with its expression, and how much of the limit is used. */
function factsOf({ label, keyExpr, inUse, limit }: JsonObject): string {
  const key = typeof label === "string" ? `  ${label}${typeof keyExpr === "string" ? ` (${keyExpr})` : ""}` : "";
  return typeof inUse === "number" ? `${key}  ${inUse} of ${String(limit)} in use` : key;
}

function holderLines({ holders }: JsonObject): readonly string[] {
  return objectsOf(holders).map(({ runId, status, text, forMs }) => {
    const span = typeof forMs === "number" ? ` for ${took(forMs)}` : "";
    const does = typeof text === "string" ? `, ${text}` : "";
    return `      held by ${String(runId)}${span}${typeof status === "string" ? ` (${status}${does})` : ""}`;
  });
}

function queueLines({ gate, queue }: JsonObject): readonly string[] {
  // The limit before it names the same runs.
  if (gate === "turn" || !Array.isArray(queue) || queue.length === 0) return [];
  return [`      before it ${queue.map(String).join(", ")}`];
}

function errorLines({ lastError }: JsonObject): readonly string[] {
  return isObject(lastError) ? [`      last error ${String(lastError["message"] ?? lastError["code"])}`] : [];
}

function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
