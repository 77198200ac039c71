import type { Occurrence } from "@stepwell/engine";
import { faultText } from "./fault-text.ts";
import { took } from "./time-text.ts";

export interface PrettyContext {
  /** Of this server, for links. */
  readonly baseUrl: string;
  /** The app has not been seen since the server started, or could not be reached in between. */
  readonly isNewsOfApp: boolean;
}

const textLengthMax = 160;
const nameWidth = 32;

/** What people want to see go by; a step is among it where they ask for more. */
export function prettyLine(o: Occurrence, { baseUrl, isNewsOfApp }: PrettyContext): string | undefined {
  const row = (area: string, name: string, text: string): string =>
    `  ${clockTime(o.at)}  ${area.padEnd(5)}  ${name.padEnd(nameWidth)} ${text}`;
  const link = (runId: string): string => `${baseUrl}/api/v1/runs/${runId}`;
  switch (o.kind) {
    case "event.accepted":
      return row("event", o.name, o.repeated ? "sent before; stored once" : countOf(o.starts, "function"));
    case "run.started":
      return row("run", o.slug, `◔ started      ${link(o.runId)}`);
    case "run.ended": {
      const error = o.errorName === undefined ? "" : `  ${o.errorName}: ${firstLine(o.errorMessage)}`;
      return row("run", o.slug, `${endOf(o.status)}  ${took(o.at - o.queuedAt)}${error}  ${link(o.runId)}`);
    }
    case "run.parked": {
      const until = o.dueAt === undefined ? "" : ` until ${clockTime(o.dueAt)}`;
      return row("run", o.slug, `⧗ sleeps${o.stepName === undefined ? "" : ` (${o.stepName})`}${until}  ${link(o.runId)}`);
    }
    case "step.settled":
      return row("step", o.slug, `${o.failed ? "✕" : "✓"} ${o.name}  ${link(o.runId)}`);
    case "attempt.failed": {
      if (o.retryAt === undefined) return undefined;
      const step = o.stepName === undefined ? "" : `${o.stepName}: `;
      const next = took(o.retryAt - o.at);
      return row("run", o.slug, `↻ attempt ${o.attempt + 1} of ${o.maxAttempts} failed, next in ${next}  ${step}${firstLine(o.message)}`);
    }
    case "breaker.opened": {
      const key = o.value === undefined ? "" : ` (${o.value})`;
      const why = o.reason === "failures" ? `${o.failures} of ${o.calls} calls failed` : "the app asked for a pause";
      return row("stop", o.slug, `⊘ breaker open${key}${o.again ? " still" : ""}: ${why}; probed in ${took(o.until - o.at)}`);
    }
    case "breaker.closed":
      return row("stop", o.slug, `✓ breaker closed${o.value === undefined ? "" : ` (${o.value})`}`);
    case "chaos.injected":
      return row("chaos", o.slug, `⚡ ${o.stepName === undefined ? "" : `${o.stepName}: `}${faultText(o.fault)}  ${link(o.runId)}`);
    case "app.synced": {
      const warnings = o.warnings.map((warning) => `\n    ! ${warning}`).join("");
      if (isNewsOfApp) return `  ✓ ${o.appName.padEnd(10)} ${o.url}   ${countOf(o.functions, "function")}${warnings}`;
      return o.modified
        ? row("app", o.appName, `changed: ${o.changed.join(", ") || countOf(o.functions, "function")}${warnings}`)
        : undefined;
    }
    case "app.sync_refused":
      return `  ✕ ${o.appName.padEnd(10)} ${o.url}   ${o.message}`;
    case "app.removed":
      return row("app", o.appName, o.replacedBy === undefined ? "taken away" : `is "${o.replacedBy}" now; runs under way wait for it`);
    case "queue.taken_over":
      return row("queue", countOf(o.freed, "item"), "taken over from where the last process stopped");
    case "store.failed":
      return row("store", `failed during ${o.during}`, `${o.message}; again in ${took(o.retryInMs)}`);
    case "clock.jumped_back":
      return row("clock", "", `went back by ${took(o.byMs)}`);
    default:
      return undefined;
  }
}

/** How an ended run is shown, with its mark. */
export function endOf(status: string): string {
  return { completed: "✓ completed", failed: "✕ failed   ", cancelled: "⊘ cancelled", skipped: "– skipped  " }[status] ?? status;
}

/** The time of day here. */
export function clockTime(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function firstLine(text: string | undefined): string {
  return (text ?? "").split("\n")[0]?.slice(0, textLengthMax) ?? "";
}
