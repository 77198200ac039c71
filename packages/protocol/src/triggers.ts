import type { ProblemList } from "./config-problem.ts";
import { parseDuration } from "./durations.ts";
import { isObject, lowerKeys, textOf, wordsOf } from "./json-shape.ts";
import { limits } from "./limits.ts";

/** What starts a function. */
export type Trigger = EventTrigger | CronTrigger;

export interface EventTrigger {
  readonly kind: "event";
  /** A name, or a wildcard: `shop/*`, `app/user.*`. */
  readonly event: string;
  /** A condition on `event`. */
  readonly expression?: string;
}

export interface CronTrigger {
  readonly kind: "cron";
  /** Five or six fields, without the zone. */
  readonly cron: string;
  readonly timeZone?: string;
  readonly jitterMs?: number;
  readonly catchUp?: "none" | "last" | "all";
  readonly overlap?: "allow" | "skip";
}

export function readTriggers(value: unknown, problems: ProblemList): readonly Trigger[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.add("triggers", "trigger_invalid", "triggers is not a list");
    return [];
  }
  if (value.length > limits.triggersPerFunctionMax)
    problems.add(
      "triggers",
      "triggers_too_many",
      `${value.length} triggers; the limit is ${limits.triggersPerFunctionMax} (triggersPerFunctionMax)`,
    );
  const triggers: Trigger[] = [];
  const seen = new Set<string>();
  for (const [index, entry] of value.entries()) {
    const trigger = readTrigger(entry, `triggers[${index}]`, problems);
    if (trigger === undefined) continue;
    const key =
      trigger.kind === "cron" ? `cron ${trigger.timeZone ?? ""} ${trigger.cron}` : `event ${trigger.event} ${trigger.expression ?? ""}`;
    if (seen.has(key)) problems.add(`triggers[${index}]`, "trigger_invalid", "the same trigger stands twice");
    seen.add(key);
    triggers.push(trigger);
  }
  return triggers;
}

function readTrigger(value: unknown, option: string, problems: ProblemList): Trigger | undefined {
  if (!isObject(value)) {
    problems.add(option, "trigger_invalid", "a trigger is an object");
    return undefined;
  }
  const source = lowerKeys(value);
  const event = wordsOf(source["event"]);
  const cron = wordsOf(source["cron"]);
  if ((event === undefined) === (cron === undefined)) {
    problems.add(option, "trigger_invalid", "a trigger has either an event or a cron");
    return undefined;
  }
  return event === undefined ? readCron(cron ?? "", source, option, problems) : readEvent(event, source, option, problems);
}

function readEvent(event: string, source: Readonly<Record<string, unknown>>, option: string, problems: ProblemList): EventTrigger {
  if (event.length > limits.eventNameLengthMax)
    problems.add(`${option}.event`, "event_name_invalid", `the event's name has more than ${limits.eventNameLengthMax} characters`);
  if (event.includes("*") && !/^[^*]*[/.]\*$/.test(event))
    problems.add(`${option}.event`, "event_name_invalid", `"${event.slice(0, 80)}": a wildcard stands only at the end, after "/" or "."`);
  const expression = wordsOf(source["expression"]) ?? wordsOf(source["if"]);
  return { kind: "event", event, ...(expression === undefined ? {} : { expression }) };
}

function readCron(text: string, source: Readonly<Record<string, unknown>>, option: string, problems: ProblemList): CronTrigger {
  const match = /^(?:(?:CRON_)?TZ=(\S+)\s+)?(.*)$/s.exec(text.trim());
  const cron = (match?.[2] ?? "").trim();
  const timeZone = match?.[1];
  const fields = cron.split(/\s+/);
  if (
    text.length > limits.cronLengthMax ||
    (fields.length !== 5 && fields.length !== 6) ||
    !fields.every((field) => /^[\dA-Za-z*/,\-?#L]+$/.test(field))
  )
    problems.add(
      `${option}.cron`,
      "schedule_invalid",
      `"${text.slice(0, 80)}" is not a schedule of five or six fields, e.g. "TZ=Europe/Paris 0 9 * * 1-5"`,
    );
  if (timeZone !== undefined && !isTimeZone(timeZone))
    problems.add(`${option}.cron`, "schedule_invalid", `"${timeZone}" is not a time zone`);
  const jitterMs = readJitter(source["jitter"], option, problems);
  const catchUp = textOf(source["catchup"]);
  const overlap = textOf(source["overlap"]);
  return {
    kind: "cron",
    cron,
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(jitterMs === undefined ? {} : { jitterMs }),
    ...(catchUp === "none" || catchUp === "last" || catchUp === "all" ? { catchUp } : {}),
    ...(overlap === "allow" || overlap === "skip" ? { overlap } : {}),
  };
}

function readJitter(value: unknown, option: string, problems: ProblemList): number | undefined {
  if (value === undefined) return undefined;
  const jitterMs = parseDuration(textOf(value) ?? "");
  if (jitterMs !== undefined && jitterMs >= limits.jitterMsMin && jitterMs <= limits.jitterMsMax) return jitterMs;
  problems.add(`${option}.jitter`, "jitter_invalid", "jitter is a duration from 1s to 5m");
  return undefined;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false; // The platform knows no such zone.
  }
}
