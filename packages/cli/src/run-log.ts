// What goes by, a line each: for people on a terminal, for people in a file, for programs.

import type { Observer, Occurrence } from "@stepwell/engine";
import { formatDuration } from "@stepwell/protocol";

export type LogForm = "pretty" | "lines" | "json" | "none";

export interface LogTarget {
  readonly form: LogForm;
  readonly baseUrl: () => string;
  readonly write: (line: string) => void;
}

export function logObserver(target: LogTarget): Observer {
  if (target.form === "none") return { emit: () => undefined };
  return {
    emit(occurrence) {
      const line =
        target.form === "pretty"
          ? prettyLine(occurrence, target.baseUrl())
          : target.form === "json"
            ? jsonLine(occurrence)
            : plainLine(occurrence);
      if (line !== undefined) target.write(line);
    },
  };
}

/** What people want to see go by; a step that went well is not among it. */
function prettyLine(o: Occurrence, baseUrl: string): string | undefined {
  const time = new Date(o.at).toTimeString().slice(0, 8);
  const link = (runId: string): string => `${baseUrl}/api/v1/runs/${runId}`;
  switch (o.kind) {
    case "event.accepted":
      return `  ${time}  event  ${o.name.padEnd(32)} ${o.repeated ? "sent before; stored once" : `${o.starts} ${o.starts === 1 ? "function" : "functions"}`}`;
    case "run.started":
      return `  ${time}  run    ${o.slug.padEnd(32)} ◔ started      ${link(o.runId)}`;
    case "run.ended":
      return `  ${time}  run    ${o.slug.padEnd(32)} ${endMark(o.status)}  ${formatDuration(o.at - o.queuedAt)}${o.errorName === undefined ? "" : `  ${o.errorName}: ${firstLine(o.errorMessage)}`}  ${link(o.runId)}`;
    case "run.parked":
      return `  ${time}  run    ${o.slug.padEnd(32)} ⧗ sleeps${o.stepName === undefined ? "" : ` (${o.stepName})`}${o.dueAt === undefined ? "" : ` until ${new Date(o.dueAt).toTimeString().slice(0, 8)}`}  ${link(o.runId)}`;
    case "attempt.failed":
      return o.retryAt === undefined
        ? undefined
        : `  ${time}  run    ${o.slug.padEnd(32)} ↻ attempt ${o.attempt + 1} of ${o.maxAttempts} failed, next in ${formatDuration(o.retryAt - o.at)}  ${o.stepName === undefined ? "" : `${o.stepName}: `}${firstLine(o.message)}`;
    case "app.synced":
      return o.modified
        ? `  ✓ ${o.appName.padEnd(10)} ${o.url}   ${o.functions} ${o.functions === 1 ? "function" : "functions"}${o.warnings.map((warning) => `\n    ! ${warning}`).join("")}`
        : undefined;
    case "app.sync_refused":
      return `  ✕ ${o.appName.padEnd(10)} ${o.url}   ${o.message}`;
    case "queue.taken_over":
      return `  ${time}  queue  ${o.freed} ${o.freed === 1 ? "item goes" : "items go"} on from where the last process stopped`;
    case "store.failed":
      return `  ${time}  store  failed during ${o.during}: ${o.message}; again in ${formatDuration(o.retryInMs)}`;
    case "clock.jumped_back":
      return `  ${time}  clock  went back by ${formatDuration(o.byMs)}`;
    default:
      return undefined;
  }
}

function endMark(status: string): string {
  return { completed: "✓ completed", failed: "✕ failed   ", cancelled: "⊘ cancelled" }[status] ?? status;
}

function firstLine(text: string | undefined): string {
  return (text ?? "").split("\n")[0]?.slice(0, 160) ?? "";
}

function plainLine(o: Occurrence): string | undefined {
  if (o.kind === "step.settled") return undefined;
  const { kind, at, ...fields } = o;
  const words = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === "string" && !/[\s"=]/.test(value) ? value : JSON.stringify(value)}`,
  );
  return `${new Date(at).toISOString()} ${kind} ${words.join(" ")}`;
}

function jsonLine(o: Occurrence): string {
  const { kind, at, ...fields } = o;
  return JSON.stringify({ time: new Date(at).toISOString(), event: kind, ...fields });
}
