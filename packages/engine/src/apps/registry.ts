// What can run, in memory: apps, their functions, and which of them an event's name starts.

import type { EpochMs, FunctionConfig, FunctionUuid, JsonText } from "@stepwell/protocol";
import { asJson, systemEvents, triggerNamesFor } from "@stepwell/protocol";
import type { AppId, AppRecord, FunctionId, FunctionRecord } from "@stepwell/store";
import { compileFlow } from "../admission/function-flow.ts";
import { type BreakerOverrides, withBreaker } from "../admission/with-breaker.ts";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import { type FunctionSchedule, functionSchedules } from "../schedules/function-schedules.ts";
import type { Transport } from "../seams/transport.ts";
import { compileCancelRules } from "./compile-cancel-rules.ts";
import { type CompiledTrigger, compileTriggers } from "./compile-triggers.ts";
import { isFailureHandler } from "./failure-handler.ts";
import { unsupportedOptions } from "./unsupported-options.ts";

/** A function whose trigger has an event's name, with the condition that must hold. */
export interface TriggerMatch {
  readonly entry: FunctionEntry;
  readonly trigger: CompiledTrigger;
}

export class Registry {
  readonly #breakers: BreakerOverrides;
  readonly #transport: Pick<Transport, "reaches">;
  readonly #apps = new Map<AppId, AppRecord>();
  readonly #functions = new Map<FunctionId, FunctionEntry>();
  readonly #triggers = new Map<FunctionId, readonly CompiledTrigger[]>();
  readonly #schedules = new Map<FunctionId, readonly FunctionSchedule[]>();
  /** By the subjects of their timers. */
  #bySubject: ReadonlyMap<string, FunctionSchedule> = new Map();
  /** By the trigger's name, wildcards included as they are written. */
  #byTriggerName = new Map<string, TriggerMatch[]>();
  #resting: readonly FunctionId[] = [];
  #isWildcardKnown = false;
  #hasEndListeners = false;

  constructor(breakers: BreakerOverrides = {}, transport: Pick<Transport, "reaches"> = {}) {
    this.#breakers = breakers;
    this.#transport = transport;
  }

  apps(): readonly AppRecord[] {
    return [...this.#apps.values()];
  }

  /** Those that start runs; archived ones stay only for the runs they have. */
  functions(): readonly FunctionRecord[] {
    return [...this.#functions.values()].map((entry) => entry.record).filter(({ archivedAt }) => archivedAt === undefined);
  }

  /** Archived ones too. */
  known(): readonly FunctionRecord[] {
    return [...this.#functions.values()].map((entry) => entry.record);
  }

  /**
   * Functions whose runs wait: their apps do not list them any more, or cannot be called from here. Of an app that was taken
   * away to drain they go on.
   */
  resting(): readonly FunctionId[] {
    return this.#resting;
  }

  entry(functionId: FunctionId): FunctionEntry | undefined {
    return this.#functions.get(functionId);
  }

  app(name: string): AppRecord | undefined {
    for (const app of this.#apps.values()) if (app.name === name) return app;
    return undefined;
  }

  /** By slug, by `app/function`, or by UUID. */
  find(name: string): FunctionRecord | undefined {
    for (const { record } of this.#functions.values()) {
      if (record.slug === name || record.uuid === name) return record;
      const app = this.#apps.get(record.appId);
      if (app !== undefined && `${app.name}/${record.slug.slice(app.name.length + 1)}` === name) return record;
    }
    return undefined;
  }

  setApp(app: AppRecord): void {
    this.#apps.set(app.id, app);
  }

  dropApp(appId: AppId, { now, drains }: { readonly now: EpochMs; readonly drains: boolean }): void {
    this.#apps.delete(appId);
    for (const [id, entry] of this.#functions) {
      if (entry.record.appId !== appId) continue;
      this.#triggers.delete(id);
      this.#schedules.delete(id);
      if (entry.record.archivedAt !== undefined) continue;
      this.#functions.set(id, { ...entry, record: { ...entry.record, archivedAt: now, ...(drains ? { drains } : {}) } });
    }
    this.#listResting();
    this.#indexTriggers();
    this.#indexSchedules();
  }

  #entryOf(app: AppRecord, record: FunctionRecord): FunctionEntry {
    const entry = entryOf(app, record, this.#breakers);
    return this.#transport.reaches?.(entry.target) === false ? { ...entry, isUnreachable: true } : entry;
  }

  /** Replaces the functions of one app. Entries that an app no longer lists stay for runs under way. */
  setFunctions(app: AppRecord, records: readonly FunctionRecord[]): void {
    this.#apps.set(app.id, app);
    this.#takeFunctions(app, records);
  }

  /** Functions of an app that is no more: their runs may be alive. */
  setRemoved(app: AppRecord, records: readonly FunctionRecord[]): void {
    this.#takeFunctions(app, records);
  }

  #takeFunctions(app: AppRecord, records: readonly FunctionRecord[]): void {
    for (const record of records) {
      const known = this.#functions.get(record.id)?.record;
      this.#functions.set(record.id, this.#entryOf(app, record));
      if (record.archivedAt !== undefined) {
        this.#triggers.delete(record.id);
        this.#schedules.delete(record.id);
        continue;
      }
      this.#triggers.set(record.id, compileTriggers(record.config));
      // Compiling a schedule takes a tenth of a millisecond, and apps sync every few seconds.
      if (known?.version !== record.version || !this.#schedules.has(record.id)) this.#schedules.set(record.id, functionSchedules(record));
    }
    this.#listResting();
    this.#indexTriggers();
    this.#indexSchedules();
  }

  /** What functions ask for, by the subjects of their timers. Another map whenever something may have changed. */
  schedules(): ReadonlyMap<string, FunctionSchedule> {
    return this.#bySubject;
  }

  /**
   * Functions with a trigger of this event's name, each at most once per trigger, in the order of their ids. An exact
   * name costs one look-up; wildcards cost one for each `/` and `.` in the name, and only when any function has one.
   */
  triggersFor(eventName: string): readonly TriggerMatch[] {
    const exact = this.#byTriggerName.get(eventName) ?? none;
    if (!this.#isWildcardKnown) return exact;
    const matches = triggerNamesFor(eventName).flatMap((name) => this.#byTriggerName.get(name) ?? none);
    return matches.sort((one, other) => one.entry.record.id - other.entry.record.id);
  }

  #indexSchedules(): void {
    this.#bySubject = new Map([...this.#schedules.values()].flat().map((schedule) => [schedule.subject, schedule]));
  }

  /** Whether any function is started by the end of another. */
  get hasEndListeners(): boolean {
    return this.#hasEndListeners;
  }

  #listResting(): void {
    this.#resting = [...this.#functions.values()].filter((entry) => !isCallable(entry)).map(({ record }) => record.id);
  }

  #indexTriggers(): void {
    this.#byTriggerName = new Map();
    this.#isWildcardKnown = false;
    for (const [functionId, triggers] of this.#triggers) {
      const entry = this.#functions.get(functionId);
      if (entry === undefined) continue;
      for (const trigger of triggers) {
        const matches = this.#byTriggerName.get(trigger.event);
        if (matches === undefined) this.#byTriggerName.set(trigger.event, [{ entry, trigger }]);
        else matches.push({ entry, trigger });
        if (trigger.event.endsWith("*")) this.#isWildcardKnown = true;
      }
    }
    this.#hasEndListeners = endNames.some((name) => this.triggersFor(name).length > 0);
  }
}

/** Nobody is called for its runs. */
export function isGone({ archivedAt, drains }: FunctionRecord): boolean {
  return archivedAt !== undefined && drains !== true;
}

/** Whether calls may be made for its runs. */
export function isCallable(entry: FunctionEntry): boolean {
  return !isGone(entry.record) && entry.isUnreachable !== true;
}

const none: readonly TriggerMatch[] = [];
const endNames = [systemEvents.finished, systemEvents.failed, systemEvents.cancelled] as const;

function entryOf(app: AppRecord, record: FunctionRecord, breakers: BreakerOverrides): FunctionEntry {
  return {
    record,
    target: { slug: record.slug, uuid: record.uuid as FunctionUuid, url: record.config.url, appName: app.name, sdk: app.sdk },
    maxAttempts: record.config.retries + 1,
    warnings: warningsOf(record.config),
    appUuid: app.uuid,
    cancelRules: compileCancelRules(record.config),
    deadlines: deadlinesOf(record.config),
    flow: compileFlow(withBreaker(record.config, breakers)),
    isFailureHandler: isFailureHandler(record.config),
  };
}

function deadlinesOf({ options }: FunctionConfig): FunctionEntry["deadlines"] {
  const { timeouts } = options;
  return timeouts?.startMs === undefined && timeouts?.finishMs === undefined ? undefined : timeouts;
}

function warningsOf(config: FunctionConfig): JsonText | undefined {
  const options = unsupportedOptions(config);
  return options.length === 0 ? undefined : asJson(options.map(({ message }) => message));
}
