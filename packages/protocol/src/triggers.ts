import type { ProblemList } from "./config-problem.ts";
import { type CronTrigger, readCronTrigger, scheduleKey } from "./cron-trigger.ts";
import { isObject, lowerKeys, wordsOf } from "./json-shape.ts";
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
    const key = trigger.kind === "cron" ? `cron ${scheduleKey(trigger)}` : `event ${trigger.event} ${trigger.expression ?? ""}`;
    if (seen.has(key)) addDuplicate(trigger, `triggers[${index}]`, problems);
    seen.add(key);
    triggers.push(trigger);
  }
  return triggers;
}

function addDuplicate(trigger: Trigger, option: string, problems: ProblemList): void {
  if (trigger.kind === "event") problems.add(option, "trigger_invalid", "the same trigger stands twice");
  else problems.add(option, "schedule_duplicate", `the schedule "${trigger.cron}" stands twice; jitter and policies tell no two apart`);
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
  return event === undefined ? readCronTrigger(cron ?? "", source, option, problems) : readEvent(event, source, option, problems);
}

function readEvent(event: string, source: Readonly<Record<string, unknown>>, option: string, problems: ProblemList): EventTrigger {
  if (event.length > limits.eventNameLengthMax)
    problems.add(`${option}.event`, "event_name_invalid", `the event's name has more than ${limits.eventNameLengthMax} characters`);
  if (event.includes("*") && !/^[^*]*[/.]\*$/.test(event))
    problems.add(`${option}.event`, "event_name_invalid", `"${event.slice(0, 80)}": a wildcard stands only at the end, after "/" or "."`);
  const condition = source["expression"] ?? source["if"];
  // Passed over, the function would start for every event of the name.
  if (condition !== undefined && typeof condition !== "string")
    problems.add(`${option}.expression`, "expression_invalid", 'a condition is an expression in quotes such as "event.data.ok"');
  const expression = wordsOf(source["expression"]) ?? wordsOf(source["if"]);
  return { kind: "event", event, ...(expression === undefined ? {} : { expression }) };
}
