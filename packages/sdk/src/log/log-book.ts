import type { EpochMs, LogLevel, LogLine } from "@stepwell/protocol";
import { currentPlace } from "../replay/place.ts";
import { lineOf } from "./log-text.ts";
import type { Logger } from "./logger.ts";

/** Lines that a call keeps until they are handed over: it should not grow with what it says. */
const linesMax = 1_000;

const tooMany = `further lines are not kept: a call keeps ${linesMax} of them until its step is recorded (linesMax)`;

export interface LogBookParts {
  readonly base: Logger;
  readonly now: () => number;
  /** Ahead: the code has run past a step that is not recorded, and will run again from there. */
  readonly execution: { readonly isAhead: boolean };
}

/**
 * The log of one call. A line is written where its code runs for the first time: what is only replayed says nothing, and what
 * runs ahead of a step that is not recorded yet says it once it is.
 */
export class LogBook {
  readonly logger: Logger;
  readonly #parts: LogBookParts;
  #isOpen = false;
  /** Made when there is a line: most calls write none. */
  #held: (() => void)[] | undefined;
  /** Where the platform does not tell where code stands, the step whose code runs. */
  #running: string | undefined;
  #ofSteps: Map<string, LogLine[]> | undefined;
  #outside: LogLine[] | undefined;
  #count = 0;

  constructor(parts: LogBookParts) {
    this.#parts = parts;
    this.logger = {
      info: (...args) => this.#write("info", args),
      warn: (...args) => this.#write("warn", args),
      error: (...args) => this.#write("error", args),
      debug: (...args) => this.#write("debug", args),
    };
  }

  /** What was remembered has been replayed. */
  open(): void {
    this.#isOpen = true;
  }

  enter(step: string): void {
    this.release();
    this.#running = step;
  }

  leave(): void {
    this.#running = undefined;
  }

  /** What ran ahead is recorded. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    for (const write of held ?? []) write();
  }

  takeOf(step: string): readonly LogLine[] | undefined {
    const lines = this.#ofSteps?.get(step);
    this.#ofSteps?.delete(step);
    this.#count -= lines?.length ?? 0;
    return lines;
  }

  /** Lines that no step wrote; `undefined`: there are none. */
  takeOutside(): readonly LogLine[] | undefined {
    const lines = this.#outside;
    this.#outside = undefined;
    this.#count -= lines?.length ?? 0;
    return lines;
  }

  #write(level: LogLevel, args: readonly unknown[]): void {
    const step = currentPlace()?.step?.hashed ?? this.#running;
    if (step === undefined && !this.#isOpen) return;
    const at = Math.floor(this.#parts.now()) as EpochMs;
    const put = (): void => {
      this.#parts.base[level](...args);
      this.#keep(step, { at, level, ...lineOf(args) });
    };
    if (step !== undefined || !this.#parts.execution.isAhead) return put();
    this.#held ??= [];
    this.#held.push(put);
  }

  /** Of lines that are too many the first is a note in place of all. */
  #keep(step: string | undefined, line: LogLine): void {
    if (this.#count > linesMax) return;
    const kept = this.#count === linesMax ? { at: line.at, level: line.level, text: tooMany } : line;
    this.#count += 1;
    this.#put(step, kept);
  }

  #put(step: string | undefined, line: LogLine): void {
    if (step === undefined) {
      this.#outside ??= [];
      this.#outside.push(line);
      return;
    }
    this.#ofSteps ??= new Map();
    const lines = this.#ofSteps.get(step);
    if (lines === undefined) this.#ofSteps.set(step, [line]);
    else lines.push(line);
  }
}
