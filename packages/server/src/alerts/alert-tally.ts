// What rules need to know of what happened, kept in memory as it happens: looking at it asks no database. After a start
// nothing is known of what was before; a rule then says nothing until it knows.

import type { Observer, Occurrence } from "@stepwell/engine";
import { limits } from "@stepwell/protocol";
import type { AlertRule } from "./alert-settings.ts";
import { FailureWindow } from "./failure-window.ts";

export interface MissedTick {
  readonly slug: string;
  readonly cron: string;
  readonly detail: string;
}

export class AlertTally implements Observer {
  /** By the name of the rule. */
  readonly failures = new Map<string, FailureWindow>();
  /** By what the alert is about. */
  readonly missed = new Map<string, MissedTick>();
  /** Functions that began a run, since the last tick that they missed. */
  readonly started = new Set<string>();

  constructor(rules: readonly AlertRule[]) {
    for (const rule of rules) if (rule.kind === "failure-rate") this.failures.set(rule.name, new FailureWindow(rule.windowMs));
  }

  emit(occurrence: Occurrence): void {
    switch (occurrence.kind) {
      case "run.ended":
        if (occurrence.status !== "completed" && occurrence.status !== "failed") return;
        for (const window of this.failures.values()) window.add(occurrence.slug, occurrence.at, occurrence.status === "failed");
        return;
      case "run.started":
        this.#takeStarted(occurrence.slug);
        return;
      case "schedule.skipped":
        if (occurrence.reason === "missed") this.#takeMissed(occurrence);
        return;
      default: // Of no interest to rules.
    }
  }

  #takeStarted(slug: string): void {
    if (this.started.has(slug)) return;
    if (this.started.size < limits.metricsFunctionsMax) this.started.add(slug);
    for (const [subject, missed] of this.missed) if (missed.slug === slug) this.missed.delete(subject);
  }

  #takeMissed({ slug, cron, detail }: MissedTick): void {
    this.started.delete(slug);
    if (this.missed.size < limits.metricsFunctionsMax) this.missed.set(scheduleSubject({ slug, cron }), { slug, cron, detail });
  }
}

export function scheduleSubject({ slug, cron }: Pick<MissedTick, "slug" | "cron">): string {
  return `${slug} (${cron})`;
}
