import type { WakeHint } from "@stepwell/store";
import type { Registry } from "../apps/registry.ts";
import type { Acceptance, AcceptContext } from "../events/accept-event.ts";
import { acceptTicks } from "../events/accept-ticks.ts";
import { type Firing, ScheduleKeeper } from "../schedules/schedule-keeper.ts";
import type { Random } from "../seams/random.ts";
import type { BatchWriter } from "../writer/batch-writer.ts";
import { TimerLoop, type TimerLoopParts } from "./timer-loop.ts";

export interface EngineTimersParts extends Omit<TimerLoopParts, "handlers"> {
  readonly random: Random;
  readonly writer: BatchWriter;
  readonly registry: Registry;
  readonly acceptContext: () => AcceptContext;
  /** Records events and takes their runs in hand; nothing happens where their timer was not as it was seen. */
  readonly accept: (acceptance: Acceptance) => Promise<unknown>;
}

/** The timers of an engine: one loop, and whoever decides what each kind of them brings about. */
export class EngineTimers {
  readonly #parts: EngineTimersParts;
  readonly #schedules: ScheduleKeeper;
  readonly #loop: TimerLoop;

  constructor(parts: EngineTimersParts) {
    const { store, clock, random, writer, registry, onFailure } = parts;
    this.#parts = parts;
    this.#schedules = new ScheduleKeeper({
      store,
      writer,
      clock,
      random,
      schedules: () => registry.schedules(),
      accept: (firing) => this.#acceptFiring(firing),
    });
    this.#loop = new TimerLoop({ store, clock, onFailure, handlers: { cron: (timer) => this.#schedules.fire(timer) } });
  }

  /** Resolves when every schedule has its timer. */
  async start(): Promise<void> {
    await this.followSchedules({ isChanged: true });
    this.#loop.start();
  }

  stop(): void {
    this.#loop.stop();
  }

  get isFiring(): boolean {
    return this.#loop.isLooking;
  }

  wake(hint: WakeHint): void {
    this.#loop.wake(hint);
  }

  /** Functions may have changed. */
  followSchedules({ isChanged }: { readonly isChanged: boolean }): Promise<void> {
    return this.#schedules.align({ isChanged });
  }

  async #acceptFiring(firing: Firing): Promise<void> {
    const entry = this.#parts.registry.entry(firing.of.functionId);
    if (entry !== undefined) await this.#parts.accept(acceptTicks(firing, entry, this.#parts.acceptContext()));
  }
}
