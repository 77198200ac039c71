// A schedule as an app writes it. Which numbers and names a field may hold, the engine checks where it compiles it.

import type { ProblemList } from "./config-problem.ts";
import { parseDuration } from "./durations.ts";
import { textOf } from "./json-shape.ts";
import { limits } from "./limits.ts";

export interface CronTrigger {
  readonly kind: "cron";
  /** As its author wrote it, the zone included: what runs see as `event.data.cron`. */
  readonly cron: string;
  /** Absent: UTC. */
  readonly timeZone?: string;
  /** Up to how much later than its time each tick fires, so that not all schedules fire at once. Absent: not at all. */
  readonly jitterMs?: number;
  /** Which of the ticks that were missed, e.g. while no server ran, are made up for. */
  readonly catchUp: "none" | "last" | "all";
  /** Whether a tick starts a run while the run of an earlier tick is alive. */
  readonly overlap: "allow" | "skip";
}

const withZone = /^(?:CRON_)?TZ=(\S*)(?:\s+(.*))?$/s;
/** Members of a list: all, a value or a range, each with or without a step. */
const field = /^(?:\*|\?|[\dA-Z#]+(?:-[\dA-Z]+)?)(?:\/\d+)?(?:,(?:\*|\?|[\dA-Z#]+(?:-[\dA-Z]+)?)(?:\/\d+)?)*$/i;

/** The five or six fields of a schedule, without its zone, one space between them. */
export function cronFieldsOf(cron: string): string {
  const fields = withZone.exec(cron.trim())?.[2] ?? cron;
  return fields.trim().replace(/\s+/g, " ");
}

/** Equal for two triggers that fire at the same times, however they are spaced and whatever case they are in. */
export function scheduleKey(trigger: Pick<CronTrigger, "cron" | "timeZone">): string {
  return `TZ=${(trigger.timeZone ?? "UTC").toLowerCase()} ${cronFieldsOf(trigger.cron).toLowerCase()}`;
}

/** Reads a trigger with a `cron`; whatever is wrong with it is added to the problems, each thing under a code of its own. */
export function readCronTrigger(
  text: string,
  source: Readonly<Record<string, unknown>>,
  option: string,
  problems: ProblemList,
): CronTrigger {
  const cron = text.trim();
  const timeZone = withZone.exec(cron)?.[1];
  checkCron(cron, timeZone, `${option}.cron`, problems);
  const jitterMs = readJitter(source["jitter"], `${option}.jitter`, problems);
  return {
    kind: "cron",
    cron,
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(jitterMs === undefined ? {} : { jitterMs }),
    catchUp: readChoice(source["catchup"], ["last", "none", "all"], (message) =>
      problems.add(`${option}.catchUp`, "catch_up_invalid", `catchUp ${message}`),
    ),
    overlap: readChoice(source["overlap"], ["allow", "skip"], (message) =>
      problems.add(`${option}.overlap`, "overlap_invalid", `overlap ${message}`),
    ),
  };
}

function checkCron(cron: string, timeZone: string | undefined, option: string, problems: ProblemList): void {
  if (cron.length > limits.cronLengthMax)
    return problems.add(
      option,
      "schedule_too_long",
      `the schedule has ${cron.length} characters; the limit is ${limits.cronLengthMax} (cronLengthMax). Split it into several triggers`,
    );
  if (timeZone !== undefined && !isTimeZone(timeZone))
    problems.add(option, "schedule_zone_unknown", `"${timeZone}" is not a time zone; write its name, e.g. "TZ=Europe/Paris 0 9 * * 1-5"`);
  const fields = cronFieldsOf(cron);
  if (fields.startsWith("@"))
    return problems.add(option, "schedule_descriptor_unsupported", `"${fields}" is not taken; write it in fields, e.g. "0 0 * * *"`);
  const parts = fields.split(" ");
  if ((parts.length !== 5 && parts.length !== 6) || !parts.every((part) => field.test(part)))
    problems.add(option, "schedule_invalid", `"${cron}" is not a schedule of five or six fields, e.g. "TZ=Europe/Paris 0 9 * * 1-5"`);
}

function readJitter(value: unknown, option: string, problems: ProblemList): number | undefined {
  if (value === undefined) return undefined;
  const jitterMs = parseDuration(textOf(value) ?? "");
  if (jitterMs !== undefined && jitterMs >= limits.jitterMsMin && jitterMs <= limits.jitterMsMax) return Math.floor(jitterMs);
  problems.add(option, "jitter_invalid", `jitter is ${JSON.stringify(value)?.slice(0, 80)}; it must be a duration from 1s to 5m`);
  return undefined;
}

/** The first choice is the default. */
function readChoice<Choice extends string>(
  value: unknown,
  choices: readonly [Choice, ...Choice[]],
  complain: (message: string) => void,
): Choice {
  if (value === undefined) return choices[0];
  const choice = choices.find((each) => each === value);
  if (choice === undefined)
    complain(`is ${JSON.stringify(value)?.slice(0, 80)}; it must be one of ${choices.map((each) => `"${each}"`).join(", ")}`);
  return choice ?? choices[0];
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false; // The platform knows no such zone.
  }
}
