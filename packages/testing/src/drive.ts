// Lets the played process work, and time pass, until a test may look.
//
// V1. Between two looks at the clock everything that can happen has happened: no call is open, nothing is deferred.
// V2. User code gets real turns of the event loop for its own promises, and `realMsMax` of real time in which nothing of it goes
//     on; then the wait ends in an error that names what is open.
// V3. User code that would wait for itself is told so at once.

import type { VirtualClock } from "@stepwell/engine/testing";
import { StepwellError } from "@stepwell/protocol";
import type { Life } from "./life.ts";
import { nextTurn, realMs, restTurn } from "./real-time.ts";

export interface DriveParts {
  readonly time: VirtualClock;
  readonly realMsMax: number;
  readonly life: () => Life;
  /** The life is over: another one begins. */
  readonly revive: () => Promise<void>;
}

/** So many turns follow at once; whoever waits longer rests between two. */
const busyTurnsMax = 200;
const quietTurns = 2;

export class Drive {
  readonly #parts: DriveParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: DriveParts) {
    this.#parts = parts;
  }

  /** One after the other: two that move time at once would miss what the other one stops at. */
  async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const { asking } = this.#parts.life();
    if (asking !== undefined) throw waitsForItself(asking);
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Until nothing is left to do at this instant. */
  async settle(): Promise<void> {
    const { life: lifeOf, revive, realMsMax } = this.#parts;
    let since = realMs();
    let progress = lifeOf().progress;
    for (let quiet = 0, turns = 0; quiet < quietTurns; turns += 1) {
      await (turns < busyTurnsMax ? nextTurn() : restTurn());
      const life = lifeOf();
      if (life.failure !== undefined) throw new Error(`the database in memory failed: ${life.failure}`);
      if (life.isOver) {
        await revive();
        quiet = 0;
        continue;
      }
      quiet = life.isBusy ? 0 : quiet + 1;
      if (life.progress !== progress) {
        progress = life.progress;
        since = realMs();
        turns = 0;
      } else if (realMs() - since > realMsMax) throw stillOpen(life, realMsMax);
    }
  }

  /** Moves time on, from one due moment to the next. */
  async advanceTo(at: number): Promise<void> {
    const { time } = this.#parts;
    await this.settle();
    for (let next = time.nextAt; next !== undefined && next <= at; next = time.nextAt) await this.#moveTo(next);
    if (at > time.now()) time.moveTo(at);
  }

  /** To the next moment at which anything is due. False: nothing ever will be. */
  async step(): Promise<boolean> {
    const next = this.#parts.time.nextAt;
    if (next !== undefined) await this.#moveTo(next);
    return next !== undefined;
  }

  async #moveTo(at: number): Promise<void> {
    const { time } = this.#parts;
    // What was due before now fires now: time does not go back.
    time.moveTo(Math.max(at, time.now()));
    await this.settle();
  }
}

function waitsForItself(asking: string): StepwellError {
  return new StepwellError("call_still_open", `${asking} asked the test engine for what waits until that code is through`, {
    retryable: false,
    advice: "Send by the client there (client.send), or with step.sendEvent; sends by t, and time, are the test's own.",
  });
}

function stillOpen({ openCalls }: Life, realMsMax: number): StepwellError {
  const [oldest, ...others] = openCalls;
  const more = others.length === 0 ? "" : `, and ${others.length} more`;
  const what =
    oldest === undefined
      ? "a request of the engine's own is open"
      : oldest.step === undefined
        ? `a call of ${oldest.slug} awaits something outside of its steps${more}`
        : `step "${oldest.step}" of ${oldest.slug} is open${more}`;
  return new StepwellError("call_still_open", `nothing has gone on for ${realMsMax} ms of real time: ${what}`, {
    retryable: false,
    advice:
      "Settle the promise that it awaits, mock the step by its id, or give createTestEngine a larger realMsMax. Waits of hours belong into step.sleep, which takes no real time here.",
  });
}
