// Reads the section `alerts` of a configuration file. YAML gives every value as text, JSON numbers as such: both are taken.

import { formatDuration, isObject, limits, parseDuration } from "@stepwell/protocol";
import {
  array,
  check,
  type GenericIssue,
  getDotPath,
  type InferOutput,
  literal,
  maxLength,
  maxValue,
  minLength,
  minValue,
  number,
  optional,
  pipe,
  record,
  safeParse,
  strictObject,
  string,
  transform,
  union,
  variant,
} from "valibot";
import type { AlertChannel, AlertRule, AlertSettings } from "./alert-settings.ts";

export type AlertSettingsReading =
  | { readonly kind: "settings"; readonly settings: AlertSettings }
  /** Each problem with its place, e.g. `alerts.rules.0.above: …`. */
  | { readonly kind: "refused"; readonly problems: readonly string[] };

const minute = 60_000;
const textOrNumber = (what: string) => union([string(), number()], what);
const name = pipe(
  string("text"),
  minLength(1, "not empty"),
  maxLength(limits.alertNameLengthMax, `at most ${limits.alertNameLengthMax} characters`),
);

const duration = (msMin: number, msMax: number) => {
  const what = `a duration such as 5m, from ${formatDuration(msMin)} to ${formatDuration(msMax)}`;
  return pipe(textOrNumber(what), transform(msOf), number(what), minValue(msMin, what), maxValue(msMax, what));
};
const shareWhat = "a share such as 10% or 0.1, below the whole";
const share = pipe(
  textOrNumber(shareWhat),
  transform((value) => shareOf(String(value))),
  check((value) => value >= 0 && value < 1, shareWhat),
);
const countWhat = "a whole number from 1";
const count = pipe(
  textOrNumber(countWhat),
  transform((value) => (/^\d+$/.test(String(value)) ? Number(value) : 0)),
  check((value) => value >= 1, countWhat),
);
const listOfNames = pipe(
  union([name, array(name)], "a name, or a list of names"),
  transform((value) => [value].flat()),
);

const ofEveryRule = { name: optional(name), function: optional(name), to: optional(listOfNames) };
const rule = variant(
  "kind",
  [
    strictObject({
      ...{ kind: literal("failure-rate"), ...ofEveryRule, above: share },
      window: optional(duration(minute, limits.alertWindowMsMax), "5m"),
      "min-runs": optional(count, 20),
    }),
    strictObject({ kind: literal("backlog-age"), ...ofEveryRule, above: duration(1_000, limits.alertWindowMsMax) }),
    strictObject({ kind: literal("schedule-missed"), ...ofEveryRule }),
    strictObject({ kind: literal("new-error-group"), ...ofEveryRule }),
    strictObject({ kind: literal("breaker-open"), ...ofEveryRule }),
  ],
  "a kind of rule: failure-rate, backlog-age, schedule-missed, new-error-group or breaker-open",
);

const url = pipe(
  string("an address"),
  check((text) => /^https?:/i.test(text) && URL.canParse(text), "an address that begins with http:// or https://"),
);
const address = pipe(
  string("a mail address"),
  check((text) => /^[^\s@]*<?[^\s@<]+@[^\s@>]+>?$/.test(text.replace(/^.*</, "<")), "a mail address"),
);
const channel = variant(
  "kind",
  [
    strictObject({ kind: literal("webhook"), url, headers: optional(record(string(), string("text")), {}) }),
    strictObject({ kind: literal("slack"), url }),
    strictObject({
      kind: literal("mail"),
      smtp: pipe(
        string("an address"),
        check(
          (text) => /^smtps?:\/\/[^/]+/i.test(text) && URL.canParse(text),
          "an address such as smtp://user:password@mail.example.com:587",
        ),
      ),
      from: address,
      to: pipe(
        union([address, pipe(array(address), minLength(1, "at least one address"))], "a mail address, or a list of them"),
        transform((value) => [value].flat()),
      ),
    }),
  ],
  "a kind of channel: webhook, slack or mail",
);

const section = strictObject({
  rules: pipe(array(rule, "a list of rules"), maxLength(limits.alertRulesMax, `at most ${limits.alertRulesMax} rules (alertRulesMax)`)),
  channels: record(name, channel, "channels by their names"),
});

/** A text that is `$NAME` stands for what the environment has under that name, so that no secret stands in the file. */
export function readAlertSettings(value: unknown, env: Readonly<Record<string, string | undefined>>): AlertSettingsReading {
  if (!isObject(value)) return { kind: "refused", problems: ['alerts: an object with "rules" and "channels"'] };
  const missing: string[] = [];
  const result = safeParse(section, fromEnvironment(value, env, missing));
  if (missing.length > 0) return { kind: "refused", problems: missing.map((each) => `alerts: the environment has no ${each}`) };
  if (!result.success) return { kind: "refused", problems: result.issues.map(problemOf) };
  const channels = Object.entries(result.output.channels).map(([key, each]): AlertChannel => ({ name: key, ...each }));
  const names = channels.map((each) => each.name);
  const rules = result.output.rules.map((each) => ruleOf(each, names));
  const problems = problemsOf(rules, names);
  return problems.length > 0 ? { kind: "refused", problems } : { kind: "settings", settings: { rules, channels } };
}

function ruleOf(read: InferOutput<typeof rule>, allChannels: readonly string[]): AlertRule {
  const base = {
    name: read.name ?? (read.function === undefined ? read.kind : `${read.kind} ${read.function}`),
    ...(read.function === undefined ? {} : { functionSlug: read.function.replace("/", "-") }),
    channels: read.to ?? allChannels,
  };
  switch (read.kind) {
    case "failure-rate":
      return { ...base, kind: read.kind, above: read.above, windowMs: read.window, minRuns: read["min-runs"] };
    case "backlog-age":
      return { ...base, kind: read.kind, aboveMs: read.above };
    case "schedule-missed":
    case "new-error-group":
    case "breaker-open":
      return { ...base, kind: read.kind };
    default:
      return read satisfies never;
  }
}

/** What no rule shows by itself. */
function problemsOf(rules: readonly AlertRule[], channels: readonly string[]): readonly string[] {
  const twice = rules.filter((each, index) => rules.findIndex((other) => other.name === each.name) !== index);
  return [
    ...(channels.length > limits.alertChannelsMax
      ? [`alerts.channels: at most ${limits.alertChannelsMax} channels (alertChannelsMax)`]
      : []),
    ...(channels.length === 0 && rules.length > 0 ? ["alerts.channels: nobody would be told; name a channel"] : []),
    ...twice.map((each) => `alerts.rules: two are called "${each.name}"; give each a name of its own`),
    ...rules.flatMap((each) =>
      each.channels
        .filter((to) => !channels.includes(to))
        .map((to) => `alerts.rules: "${each.name}" goes to "${to}", and there is no such channel`),
    ),
  ];
}

function problemOf(issue: GenericIssue): string {
  const path = getDotPath(issue);
  const keyProblem = issue.expected === "never" ? "no such setting" : "it is missing";
  const what = issue.type === "strict_object" ? keyProblem : issue.message;
  return `alerts${path === null ? "" : `.${path}`}: ${what}`;
}

function fromEnvironment(value: unknown, env: Readonly<Record<string, string | undefined>>, missing: string[]): unknown {
  if (Array.isArray(value)) return value.map((each) => fromEnvironment(each, env, missing));
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fromEnvironment(each, env, missing)]));
  const variable = typeof value === "string" ? /^\$([A-Z][A-Z0-9_]*)$/.exec(value)?.[1] : undefined;
  if (variable === undefined) return value;
  const text = env[variable];
  if (text === undefined || text === "") missing.push(variable);
  return text;
}

/** A bare number means seconds, as it does in flags. */
function msOf(value: string | number): number {
  const text = String(value);
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : (parseDuration(text) ?? Number.NaN);
}

function shareOf(text: string): number {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text) ?? [];
  return digits === undefined ? Number.NaN : Number(digits) / (percent === "%" ? 100 : 1);
}
