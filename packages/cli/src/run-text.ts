import { isObject, type JsonObject } from "@stepwell/protocol";
import { faultText } from "./fault-text.ts";
import { runErrorLines } from "./run-error-lines.ts";
import { statusMark } from "./status-mark.ts";
import { took } from "./time-text.ts";

const outputLengthMax = 400;

/** One run for people: a summary, its error, and a line for each step with the tries that failed. */
export function runText(run: JsonObject, trace: JsonObject): string {
  const status = String(run["status"]);
  const slug = isObject(run["function"]) ? String(run["function"]["slug"]) : "";
  const reason = isObject(run["statusReason"])
    ? [`  ${String(run["statusReason"]["text"])}${untilText(run["statusReason"]["until"])}`]
    : [];
  const cancelReason = typeof run["cancelReason"] === "string" ? [`  cancelled by: ${run["cancelReason"]}`] : [];
  const output = isObject(run["output"]) ? [`  output   ${cut(JSON.stringify(run["output"]["value"]) ?? "")}`] : [];
  const spans = (Array.isArray(trace["spans"]) ? trace["spans"] : []).filter(isObject);
  const [root, ...steps] = spans;
  return [
    `${statusMark(status)} ${status}  ${slug}  ${String(run["id"])}`,
    ...reason,
    ...cancelReason,
    ...runErrorLines(run["error"]),
    `  queued   ${String(run["queuedAt"])}   took ${took(run["durationMs"])}`,
    ...output,
    ...(root === undefined ? [] : failedTries(root)),
    ...steps.flatMap((span) => stepLines(span, typeof run["endedAt"] === "string")),
  ].join("\n");
}

function stepLines(span: JsonObject, isOver: boolean): readonly string[] {
  const attempts = Number(span["attempts"]);
  const line = [
    `  ${statusMark(String(span["status"]))} ${String(span["name"]).padEnd(32)} ${String(span["kind"]).padEnd(16)} ${spanTime(span, isOver)}`,
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
  ].join("  ");
  const error = span["error"];
  return [line, ...failedTries(span), ...(isObject(error) ? [`      ${String(error["name"])}: ${String(error["message"])}`] : [])];
}

/** The tries that failed, and those that chaos did something to. */
function failedTries(span: JsonObject): readonly string[] {
  const tries = (Array.isArray(span["tries"]) ? span["tries"] : []).filter(isObject);
  return tries.flatMap((attempt) => {
    const injected = attempt["injected"];
    const note = typeof injected === "string" ? [`      chaos: ${faultText(injected)}`] : [];
    // The failure is the fault itself then.
    if (attempt["status"] !== "failed" || injected === "reply_lost" || injected === "refused") return note;
    const error = isObject(attempt["error"]) ? String(attempt["error"]["message"]) : String(attempt["code"] ?? "failed");
    if (attempt["code"] === "back_pressure") return [...note, `      put off, no attempt: ${cut(error.split("\n")[0] ?? "")}`];
    return [...note, `      attempt ${String(attempt["n"])} failed: ${cut(error.split("\n")[0] ?? "")}`];
  });
}

/** A sleep whose run has ended lasts until nothing. */
function spanTime(span: JsonObject, isOver: boolean): string {
  if (typeof span["start"] === "number" && typeof span["end"] === "number") return took(span["end"] - span["start"]);
  return !isOver && typeof span["until"] === "number" ? `until +${took(span["until"])}` : "–";
}

function untilText(until: unknown): string {
  return typeof until === "string" ? ` (until ${until})` : "";
}

function cut(text: string): string {
  return text.length > outputLengthMax ? `${text.slice(0, outputLengthMax)}…` : text;
}
