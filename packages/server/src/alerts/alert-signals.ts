// What each kind of rule sees. A new kind of rule is a case here, and whatever it looks at.

import type { BreakerReport } from "@stepwell/engine";
import { type EpochMs, formatDuration, limits } from "@stepwell/protocol";
import type { BacklogReport, FailureGroupReport } from "@stepwell/store";
import type { AlertRule } from "./alert-settings.ts";
import { type AlertTally, scheduleSubject } from "./alert-tally.ts";
import type { AlertSignal } from "./decide-alerts.ts";

export interface SignalSources {
  readonly tally: AlertTally;
  /** Of what is due and not taken up; absent where no rule asks. */
  readonly backlog: readonly BacklogReport[] | undefined;
  /** Groups of failures by what alerts call them, those that failed of late and those that somebody was told of. */
  readonly failures: ReadonlyMap<string, FailureGroupReport> | undefined;
  /** Breakers that are open, or have counted something; absent where no rule asks. */
  readonly breakers: readonly BreakerReport[] | undefined;
  /** Since when each rule looks that tells of what is new. */
  readonly watchedSince: Readonly<Record<string, number>>;
  readonly now: EpochMs;
  /** Since when the tally counts. */
  readonly countsSince: EpochMs;
  readonly isKnownFunction: (slug: string) => boolean;
}

/** `open`: subjects of the rule that somebody was told of. */
export function alertSignal(rule: AlertRule, open: readonly string[], sources: SignalSources): AlertSignal {
  switch (rule.kind) {
    case "failure-rate":
      return failureRate(rule, open, sources);
    case "backlog-age":
      return backlogAge(rule, open, sources);
    case "schedule-missed":
      return scheduleMissed(rule, open, sources);
    case "new-error-group":
      return newErrorGroup(rule, open, sources);
    case "breaker-open":
      return breakerOpen(rule, open, sources);
    default:
      return rule satisfies never;
  }
}

function failureRate(rule: AlertRule & { readonly kind: "failure-rate" }, open: readonly string[], sources: SignalSources): AlertSignal {
  const { tally, now, countsSince } = sources;
  const counts = (tally.failures.get(rule.name)?.counts(now) ?? []).filter(({ slug }) => isMeant(rule, slug));
  const telling = counts.filter(({ ended }) => ended >= rule.minRuns);
  const firing = telling.filter(({ ended, failed }) => failed / ended > rule.above);
  const rest = open.filter((subject) => !firing.some(({ slug }) => slug === subject));
  const hasWholeWindow = now - countsSince >= rule.windowMs;
  return {
    rule: rule.name,
    firing: firing.map(({ slug, ended, failed }) => ({
      subject: slug,
      text: `${percent(failed / ended)} of ${ended} runs of ${slug} failed within ${formatDuration(rule.windowMs)} (more than ${percent(rule.above)})`,
    })),
    // Few runs tell that it is over only when the whole window was looked at.
    clear: hasWholeWindow ? rest : rest.filter((subject) => telling.some(({ slug }) => slug === subject)),
  };
}

function backlogAge(
  rule: AlertRule & { readonly kind: "backlog-age" },
  open: readonly string[],
  { backlog, now }: SignalSources,
): AlertSignal {
  if (backlog === undefined) return { rule: rule.name, firing: [], clear: [] };
  const firing = backlog.filter(({ functionSlug, since }) => isMeant(rule, functionSlug) && now - since > rule.aboveMs);
  return {
    rule: rule.name,
    firing: firing.map(({ functionSlug, since, items }) => ({
      subject: functionSlug,
      text: `work of ${functionSlug} has been due for ${inSeconds(now - since)} and was not taken up (more than ${formatDuration(rule.aboveMs)}); ${items} ${items === 1 ? "item waits" : "items wait"}`,
    })),
    clear: open.filter((subject) => !firing.some(({ functionSlug }) => functionSlug === subject)),
  };
}

/** It is over when its function has begun a run, or is no more. */
function scheduleMissed(rule: AlertRule, open: readonly string[], { tally, isKnownFunction }: SignalSources): AlertSignal {
  const missed = [...tally.missed.values()].filter(({ slug }) => isMeant(rule, slug) && isKnownFunction(slug));
  const slugOf = (subject: string): string => subject.split(" ", 1)[0] ?? subject;
  return {
    rule: rule.name,
    firing: missed.map((tick) => ({ subject: scheduleSubject(tick), text: `schedule ${scheduleSubject(tick)}: ${tick.detail}` })),
    clear: open.filter((subject) => tally.started.has(slugOf(subject)) || !isKnownFunction(slugOf(subject))),
  };
}

/** It is over when somebody says so, or when nothing is left of it. */
function newErrorGroup(rule: AlertRule, open: readonly string[], { failures, watchedSince, now }: SignalSources): AlertSignal {
  if (failures === undefined) return { rule: rule.name, firing: [], clear: [] };
  const since = watchedSince[rule.name] ?? now;
  const firing = [...failures].filter(([subject, group]) => {
    if (group.state !== "open" || !isMeant(rule, group.functionSlug)) return false;
    return open.includes(subject) || Math.max(group.firstAt, group.reopenedAt ?? 0) >= since;
  });
  return {
    rule: rule.name,
    firing: firing.map(([subject, group]) => ({ subject, text: errorText(group) })),
    clear: open.filter((subject) => failures.get(subject)?.state !== "open"),
  };
}

function errorText({ functionSlug, name, template, stepName, reopenedAt, count, fingerprint }: FailureGroupReport): string {
  const what = reopenedAt === undefined ? "fails in a new way" : "fails again in a way that was resolved";
  const where = stepName === undefined ? "" : ` in step "${stepName}"`;
  const times = `${count} ${count === 1 ? "run" : "runs"} so far`;
  return `${functionSlug} ${what}${where}: ${name}: ${template} (${times}; group ${fingerprint})`;
}

/** It is over when the breaker has closed, or is no more; between its probes it is as open as before. */
function breakerOpen(rule: AlertRule, open: readonly string[], { breakers }: SignalSources): AlertSignal {
  if (breakers === undefined) return { rule: rule.name, firing: [], clear: [] };
  // An app that asks for a pause works; what waits too long for it is a matter of the backlog.
  const held = breakers.filter((each) => each.status !== "closed" && each.reason === "failures" && isMeant(rule, each.slug));
  // Those that somebody was told of come first, so that others never take their place among those a rule may tell of.
  const told = held.filter((each) => open.includes(breakerSubject(each)));
  const firing = [...told, ...held.filter((each) => !told.includes(each))];
  return {
    rule: rule.name,
    firing: firing.map((each) => ({ subject: breakerSubject(each), text: breakerText(each) })),
    clear: open.filter((subject) => !held.some((each) => breakerSubject(each) === subject)),
  };
}

function breakerText({ slug, value, calls, failures, id }: BreakerReport): string {
  const whose = value === undefined ? "" : ` for the key ${JSON.stringify(value.slice(0, limits.alertNameLengthMax))}`;
  return `the breaker of ${slug}${whose} is open: ${failures} of ${calls} calls failed, and its runs wait (breaker ${id})`;
}

/** What an alert about a breaker is called; keys may be long, so that its id stands for one. */
function breakerSubject({ slug, value, id }: Pick<BreakerReport, "slug" | "value" | "id">): string {
  return value === undefined ? slug : `${slug} ${id}`;
}

/** What an alert about a group is called; it ends with the fingerprint. */
export function failureSubject({ functionSlug, fingerprint }: Pick<FailureGroupReport, "functionSlug" | "fingerprint">): string {
  return `${functionSlug} ${fingerprint}`;
}

function isMeant({ functionSlug }: AlertRule, slug: string): boolean {
  return functionSlug === undefined || functionSlug === slug;
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`;
}

function inSeconds(ms: number): string {
  return formatDuration(Math.round(ms / 1_000) * 1_000);
}
