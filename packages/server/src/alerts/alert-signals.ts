// What each kind of rule sees. A new kind of rule is a case here, and whatever it looks at.

import { type EpochMs, formatDuration } from "@stepwell/protocol";
import type { BacklogReport } from "@stepwell/store";
import type { AlertRule } from "./alert-settings.ts";
import { type AlertTally, scheduleSubject } from "./alert-tally.ts";
import type { AlertSignal } from "./decide-alerts.ts";

export interface SignalSources {
  readonly tally: AlertTally;
  /** Of what is due and not taken up; absent where no rule asks. */
  readonly backlog: readonly BacklogReport[] | undefined;
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

function isMeant({ functionSlug }: AlertRule, slug: string): boolean {
  return functionSlug === undefined || functionSlug === slug;
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`;
}

function inSeconds(ms: number): string {
  return formatDuration(Math.round(ms / 1_000) * 1_000);
}
