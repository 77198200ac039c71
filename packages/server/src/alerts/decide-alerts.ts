// Whom to tell of what. Pure: the rules, what is known, what was seen and the time in; what is known then out.
//
// A1. A condition is told of once when it begins to hold and once when it is over, however often it is looked at.
// A2. It is over when it has not held for `alertQuietMs`, so that one that comes and goes is one alert.
// A3. What was not seen, because a rule could not look or does not know yet, stays as it is.
// A4. A rule that is gone from the settings takes its alerts along, and tells nobody; notices to a channel that is gone go too.

import { type EpochMs, formatDuration, limits } from "@stepwell/protocol";
import type { AlertRule } from "./alert-settings.ts";
import type { AlertState, Notice, OpenAlert, PendingNotice } from "./alert-state.ts";

/** What a rule sees. */
export interface AlertSignal {
  readonly rule: string;
  readonly firing: readonly { readonly subject: string; readonly text: string }[];
  /** Subjects that are seen not to fire; of all others, but those that do, nothing is known. */
  readonly clear: readonly string[];
}

export interface DecideAlertsParams {
  readonly rules: readonly AlertRule[];
  readonly channels: readonly string[];
  readonly state: AlertState;
  readonly signals: readonly AlertSignal[];
  readonly now: EpochMs;
}

export function decideAlerts({ rules, channels, state, signals, now }: DecideAlertsParams): AlertState {
  const open: OpenAlert[] = [];
  const notices: Notice[] = [];
  for (const rule of rules) {
    const known = state.open.filter((each) => each.rule === rule.name);
    const signal = signals.find((each) => each.rule === rule.name) ?? { firing: [], clear: [] };
    for (const alert of known) {
      const next = settle(alert, signal, now);
      if (next === undefined) notices.push(recovered(alert, now));
      else open.push(next);
    }
    for (const { subject, text } of signal.firing.slice(0, limits.alertsPerRuleMax)) {
      if (known.some((each) => each.subject === subject)) continue;
      open.push({ rule: rule.name, subject, text, since: now });
      notices.push({ kind: "firing", rule: rule.name, subject, text, since: now, at: now });
    }
  }
  const added = notices.flatMap((notice) => pendingOf(notice, rules));
  const pending = [...state.pending, ...added].filter(({ channel }) => channels.includes(channel)).slice(-limits.alertsPendingMax);
  const watching = rules.filter(({ kind }) => kind === "new-error-group");
  const watchedSince = Object.fromEntries(watching.map(({ name }) => [name, state.watchedSince[name] ?? now]));
  return { open, pending, watchedSince };
}

/** The alert as it is now; `undefined`: it is over. */
function settle(alert: OpenAlert, { firing, clear }: Omit<AlertSignal, "rule">, now: EpochMs): OpenAlert | undefined {
  const { clearSince, ...rest } = alert;
  const seen = firing.find(({ subject }) => subject === alert.subject);
  if (seen !== undefined) return { ...rest, text: seen.text };
  if (!clear.includes(alert.subject)) return alert;
  const since = clearSince ?? now;
  return now - since >= limits.alertQuietMs ? undefined : { ...rest, clearSince: since };
}

function recovered({ rule, subject, text, since, clearSince = since }: OpenAlert, now: EpochMs): Notice {
  const lasted = formatDuration(Math.max(1_000, Math.round((clearSince - since) / 1_000) * 1_000));
  return { kind: "recovered", rule, subject, text: `over after ${lasted}: ${text}`, since, at: now };
}

function pendingOf(notice: Notice, rules: readonly AlertRule[]): readonly PendingNotice[] {
  const channels = rules.find(({ name }) => name === notice.rule)?.channels ?? [];
  return channels.map((channel) => ({ notice, channel, failures: 0, dueAt: notice.at }));
}
