import type { Occurrence } from "@stepwell/engine";
import type { FlagValue } from "./convert-flag.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { FlagSources } from "./flag-sources.ts";

/** From everything to what is wrong alone. */
const levels = ["trace", "debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof levels)[number];

/**
 * The least level of what is printed.
 *
 * @throws {CommandError} The setting is no level; exit code 2.
 */
export function logLevel(values: ReadonlyMap<string, FlagValue>, env: FlagSources["env"]): LogLevel {
  const given = values.get("log-level");
  if (given !== undefined) {
    const level = levelNamed(String(given));
    if (level !== undefined) return level;
    throw new CommandError(
      exitCodes.usage,
      "usage",
      `--log-level is one of ${levels.join(", ")}, and "${String(given).slice(0, 100)}" is not`,
    );
  }
  if (values.get("verbose") === true) return "debug";
  // The app beside the server may have it for itself, with words of its own: those mean nothing here.
  return levelNamed(env["LOG_LEVEL"] ?? "") ?? "info";
}

function levelNamed(text: string): LogLevel | undefined {
  return levels.find((level) => level === text.toLowerCase());
}

/** Whether a line of one level is printed where another is the least. */
export function isLoud(level: LogLevel, least: LogLevel): boolean {
  return levels.indexOf(level) >= levels.indexOf(least);
}

/** How much an occurrence matters: `error` is lost work, `warn` what somebody may have to see to. */
export function levelOf(occurrence: Occurrence): LogLevel {
  switch (occurrence.kind) {
    case "store.failed":
      return "error";
    case "run.ended":
      return occurrence.status === "failed" ? "error" : "info";
    case "app.synced":
      return occurrence.warnings.length > 0 ? "warn" : "info";
    case "attempt.failed":
    case "attempt.lease_lost":
    case "attempt.too_late":
    case "app.sync_refused":
    case "breaker.opened":
    case "checkpoint.stale":
    case "clock.jumped_back":
    case "schedule.skipped":
      return "warn";
    case "step.settled":
      return "debug";
    default:
      return "info";
  }
}
