// Looks at the rules every few seconds, tells whom they name, and remembers what was told.
//
// K1. What was decided is kept before anything of it is delivered: a process that dies tells it after its next start. One
//     that dies between a delivery and its being kept delivers that notice twice.
// K2. One look follows the other, sooner when something has failed. A look asks the reports' reader and never the connection that writes, beyond one setting
//     when something has changed. No look takes more than a small part of the time: after a long one the pause is longer.
// K3. A channel that does not answer keeps nobody waiting but its own notices: each try has an end, and tries a bound.
// K4. Where no rule is configured there is no keeper, and nothing is looked at.

import type { BreakerReport, Clock, Occurrence } from "@stepwell/engine";
import { type EpochMs, epochMs, limits } from "@stepwell/protocol";
import type { BacklogReport, FailureGroupReport, SettingsStore } from "@stepwell/store";
import type { AlertChannel, AlertSettings } from "./alert-settings.ts";
import { alertSignal, failureSubject } from "./alert-signals.ts";
import {
  type AlertState,
  alertsSetting,
  type Notice,
  noAlerts,
  type OpenAlert,
  type PendingNotice,
  readAlertState,
} from "./alert-state.ts";
import { AlertTally } from "./alert-tally.ts";
import { decideAlerts } from "./decide-alerts.ts";
import { decideDelivery } from "./decide-delivery.ts";

/** Delivers one notice; resolves to why it did not go, or to nothing. */
export type DeliverNotice = (channel: AlertChannel, notice: Notice) => Promise<string | undefined>;

export interface AlertKeeperParts {
  readonly settings: AlertSettings;
  readonly store: SettingsStore;
  readonly clock: Clock;
  readonly deliver: DeliverNotice;
  /** Told of what kept it from looking, and of notices that were given up. */
  readonly onFailure?: (message: string) => void;
}

/** What it looks at; known when the engine is there. */
export interface AlertSources {
  backlog(params: { readonly now: EpochMs }): Promise<readonly BacklogReport[]>;
  /** Groups that are open and failed since then, the latest first. */
  failures(since: EpochMs): Promise<readonly FailureGroupReport[]>;
  findFailure(fingerprint: string): Promise<FailureGroupReport | undefined>;
  /** Those that are open, or have counted something. */
  breakers(): readonly BreakerReport[];
  isKnownFunction(slug: string): boolean;
}

export interface ChannelReport {
  readonly channel: AlertChannel;
  readonly pending: number;
  readonly delivered: number;
  readonly givenUp: number;
  readonly lastError: string | undefined;
}

/** Looking takes at most this part of the time. */
const lookShareMax = 1 / 5;

export class AlertKeeper {
  readonly settings: AlertSettings;
  readonly #parts: AlertKeeperParts;
  readonly #tally: AlertTally;
  readonly #counts = new Map<string, { delivered: number; givenUp: number; lastError: string | undefined }>();
  #sources: AlertSources | undefined;
  #state: AlertState = noAlerts;
  #countsSince: EpochMs;
  #lookedAt: EpochMs | undefined;
  #callOff: (() => void) | undefined;
  /** When the next look is due; in the past while one is under way. */
  #nextAt: EpochMs;
  /** No look is sooner: the last one took long. */
  #notBefore: EpochMs;
  /** Something failed while a look was under way. */
  #isHinted = false;
  #turn: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(parts: AlertKeeperParts) {
    this.settings = parts.settings;
    this.#parts = parts;
    this.#tally = new AlertTally(parts.settings.rules);
    this.#countsSince = parts.clock.now();
    this.#nextAt = this.#countsSince;
    this.#notBefore = this.#countsSince;
    for (const { name } of parts.settings.channels) this.#counts.set(name, { delivered: 0, givenUp: 0, lastError: undefined });
  }

  emit(occurrence: Occurrence): void {
    this.#tally.emit(occurrence);
    if (isUrgent(occurrence)) this.#lookSoon();
  }

  /** Goes on from where the last process was. */
  async start(sources: AlertSources): Promise<void> {
    this.#sources = sources;
    this.#state = readAlertState(await this.#parts.store.get(alertsSetting));
    this.#arm(0);
  }

  /** Resolves when nothing is under way. What was not delivered is, after the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#callOff?.();
    await this.#turn;
  }

  get open(): readonly OpenAlert[] {
    return this.#state.open;
  }

  /** When the last look ended. */
  get lookedAt(): EpochMs | undefined {
    return this.#lookedAt;
  }

  channels(): readonly ChannelReport[] {
    return this.settings.channels.map((channel) => ({
      channel,
      pending: this.#state.pending.filter((each) => each.channel === channel.name).length,
      ...(this.#counts.get(channel.name) ?? { delivered: 0, givenUp: 0, lastError: undefined }),
    }));
  }

  /** Sends a notice that says it is a test, at once and once. */
  async test(names: readonly string[]): Promise<readonly { readonly name: string; readonly error: string | undefined }[]> {
    const now = this.#parts.clock.now();
    const text = "this is a test: alerts of this server arrive here";
    const notice: Notice = { kind: "test", rule: "test", subject: "test", text, since: now, at: now };
    const channels = this.settings.channels.filter(({ name }) => names.includes(name));
    return Promise.all(channels.map(async (channel) => ({ name: channel.name, error: await this.#parts.deliver(channel, notice) })));
  }

  #lookSoon(): void {
    const now = this.#parts.clock.now();
    const soonAt = Math.max(now + limits.alertLookMsMin, this.#notBefore);
    this.#isHinted = true;
    if (this.#nextAt <= soonAt) return;
    this.#callOff?.();
    this.#arm(soonAt - now);
  }

  #arm(ms: number): void {
    if (this.#isStopped) return;
    this.#isHinted = false;
    this.#nextAt = epochMs(this.#parts.clock.now() + ms);
    this.#callOff = this.#parts.clock.after(ms, () => {
      this.#turn = this.#look();
    });
  }

  async #look(): Promise<void> {
    const { clock, onFailure } = this.#parts;
    const before = clock.stopwatchMs();
    let tookMs = 0;
    try {
      await this.#decide();
      tookMs = clock.stopwatchMs() - before;
      await this.#deliverDue();
    } catch (error) {
      onFailure?.(`alerts could not be looked at: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.#lookedAt = clock.now();
    const now = clock.now();
    this.#notBefore = epochMs(Math.ceil(now + tookMs / lookShareMax));
    const untilDue = this.#state.pending.map(({ dueAt }) => Math.max(0, dueAt - now));
    const pauseMs = this.#isHinted ? limits.alertLookMsMin : limits.alertLookMs;
    this.#arm(Math.max(Math.min(pauseMs, ...untilDue), this.#notBefore - now));
  }

  async #decide(): Promise<void> {
    const { clock } = this.#parts;
    const { rules, channels } = this.settings;
    const now = clock.now();
    const backlog = rules.some(({ kind }) => kind === "backlog-age") ? await this.#sources?.backlog({ now }) : undefined;
    const breakers = rules.some(({ kind }) => kind === "breaker-open") ? this.#sources?.breakers() : undefined;
    const isKnownFunction = (slug: string): boolean => this.#sources?.isKnownFunction(slug) ?? true;
    const failures = await this.#failures(now);
    const { watchedSince } = this.#state;
    const sources = { tally: this.#tally, backlog, failures, breakers, watchedSince, now, countsSince: this.#countsSince, isKnownFunction };
    const signals = rules.map((rule) => {
      const open = this.#state.open.filter((each) => each.rule === rule.name).map(({ subject }) => subject);
      return alertSignal(rule, open, sources);
    });
    await this.#keep(decideAlerts({ rules, channels: channels.map(({ name }) => name), state: this.#state, signals, now }));
  }

  async #failures(now: EpochMs): Promise<ReadonlyMap<string, FailureGroupReport> | undefined> {
    const names = this.settings.rules.filter(({ kind }) => kind === "new-error-group").map(({ name }) => name);
    if (names.length === 0 || this.#sources === undefined) return undefined;
    const since = Math.min(...names.map((name) => this.#state.watchedSince[name] ?? now));
    const found = new Map((await this.#sources.failures(epochMs(since))).map((group) => [failureSubject(group), group]));
    for (const { rule, subject } of this.#state.open) {
      if (!names.includes(rule) || found.has(subject)) continue;
      const group = await this.#sources.findFailure(subject.split(" ").at(-1) ?? "");
      if (group !== undefined) found.set(subject, group);
    }
    return found;
  }

  async #deliverDue(): Promise<void> {
    const now = this.#parts.clock.now();
    const due = this.#state.pending.filter(({ dueAt }) => dueAt <= now).slice(0, limits.alertDeliveriesAtOnceMax);
    const tried = await Promise.all(due.map(async (pending) => ({ pending, error: await this.#tryOnce(pending) })));
    if (tried.length === 0) return;
    const rest = this.#state.pending.flatMap((pending) => {
      const result = tried.find((each) => each.pending === pending);
      return result === undefined ? [pending] : this.#settle(pending, result.error);
    });
    await this.#keep({ ...this.#state, pending: rest });
  }

  async #tryOnce({ channel, notice }: PendingNotice): Promise<string | undefined> {
    const known = this.settings.channels.find(({ name }) => name === channel);
    return known === undefined ? undefined : this.#parts.deliver(known, notice);
  }

  #settle(pending: PendingNotice, error: string | undefined): readonly PendingNotice[] {
    const counts = this.#counts.get(pending.channel);
    const decision = decideDelivery(pending, error, epochMs(this.#parts.clock.now()));
    if (counts !== undefined) {
      counts.lastError = error;
      if (decision.kind === "delivered") counts.delivered += 1;
      if (decision.kind === "given_up") counts.givenUp += 1;
    }
    if (decision.kind === "given_up")
      this.#parts.onFailure?.(`an alert to "${pending.channel}" was given up after ${limits.alertAttemptsMax} tries: ${error}`);
    return decision.kind === "again" ? [decision.pending] : [];
  }

  /** Nothing is written while nothing changes. */
  async #keep(state: AlertState): Promise<void> {
    const text = JSON.stringify(state);
    if (text !== JSON.stringify(this.#state)) await this.#parts.store.set(alertsSetting, text);
    this.#state = state;
  }
}

/** What somebody may want to know of within a second. */
function isUrgent(occurrence: Occurrence): boolean {
  switch (occurrence.kind) {
    case "schedule.skipped":
    case "breaker.opened":
      return true;
    case "run.ended":
      return occurrence.status === "failed";
    default:
      return false;
  }
}
