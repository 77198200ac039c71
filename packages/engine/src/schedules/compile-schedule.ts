import { type CronTrigger, cronFieldsOf, type EpochMs, epochMs } from "@stepwell/protocol";
import { Cron } from "croner";
import { jitterOffsetMs } from "./jitter-offset.ts";
import { type WallClock, type WallMs, wallClock } from "./wall-clock.ts";

/**
 * The moments that an expression names, each a whole second. Local times that do not exist name none, and those that exist
 * twice name the first.
 */
export interface Schedule {
  /** As its author wrote it. */
  readonly cron: string;
  /** 0: each tick fires at its moment. */
  readonly jitterMs: number;
  /** The first moment after `at`; `undefined`: there is none. */
  nextAfter(at: EpochMs): EpochMs | undefined;
  /** The last moment at `at` or before it; `undefined`: there is none. */
  latestUntil(at: EpochMs): EpochMs | undefined;
  /** When the tick of a moment fires: then, or later by its jitter; never before. */
  fireAt(scheduledAt: EpochMs): EpochMs;
}

export type ScheduleResult =
  | { readonly kind: "schedule"; readonly schedule: Schedule }
  | { readonly kind: "invalid"; readonly message: string };

/** An expression may name nothing but times that are left out, such as 02:30 on the day of the change, year after year. */
const skipsMax = 100;

/** @param owner - Whose schedule it is, e.g. the slug of a function: functions with one schedule get jitter of their own. */
export function compileSchedule(trigger: CronTrigger, owner: string): ScheduleResult {
  try {
    const jitterMs = trigger.jitterMs ?? 0;
    return { kind: "schedule", schedule: new CompiledSchedule(trigger, owner, jitterMs, wallClock(trigger.timeZone ?? "UTC")) };
  } catch (error) {
    const message = error instanceof Error ? error.message : "unreadable";
    return { kind: "invalid", message: message.replace(/^CronPattern: /, "") };
  }
}

class CompiledSchedule implements Schedule {
  readonly cron: string;
  readonly jitterMs: number;
  readonly #owner: string;
  readonly #clock: WallClock;
  /** Follows wall times, which have no zone and no changes; what these mean in the zone is for the wall clock to say. */
  readonly #walls: Cron;

  constructor(trigger: CronTrigger, owner: string, jitterMs: number, clock: WallClock) {
    this.cron = trigger.cron;
    this.jitterMs = jitterMs;
    this.#owner = owner;
    this.#clock = clock;
    // `5/15` counts from 5, as in other servers; days of month and of week are alternatives when both are restricted.
    this.#walls = new Cron(cronFieldsOf(trigger.cron), { mode: "5-or-6-parts", utcOffset: 0, sloppyRanges: true });
  }

  nextAfter(at: EpochMs): EpochMs | undefined {
    let wall = this.#clock.latestWall(at);
    for (let skips = 0; skips < skipsMax; skips += 1) {
      const next = this.#walls.nextRun(new Date(wall));
      if (next === null) return undefined;
      const showing = this.#clock.showing(next.getTime() as WallMs);
      if (showing.kind === "shown") return epochMs(showing.at);
      wall = (showing.until - 1) as WallMs;
    }
    return undefined;
  }

  latestUntil(at: EpochMs): EpochMs | undefined {
    // The library looks for what comes before its argument.
    let before = (this.#clock.latestWall(at) + 1) as WallMs;
    for (let skips = 0; skips < skipsMax; skips += 1) {
      const [latest] = this.#walls.previousRuns(1, new Date(before));
      if (latest === undefined) return undefined;
      const showing = this.#clock.showing(latest.getTime() as WallMs);
      if (showing.kind === "shown") return epochMs(showing.at);
      before = showing.from;
    }
    return undefined;
  }

  fireAt(scheduledAt: EpochMs): EpochMs {
    return epochMs(scheduledAt + jitterOffsetMs({ owner: this.#owner, cron: this.cron, scheduledAt, jitterMs: this.jitterMs }));
  }
}
