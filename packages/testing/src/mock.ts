export type MockHandler = (...input: readonly unknown[]) => unknown;

/** What a step does in a test, turn by turn; the last turn is for every further time. */
export interface StepMock {
  /** Gives the value, from now on or after the turns before. */
  returns(value?: unknown): StepMock;
  /** Throws the error, from now on or after the turns before. */
  throws(error: unknown): StepMock;
  /** Throws the error so many times. What follows is the next turn; without one the step does its own work again. */
  throwsTimes(times: number, error: unknown): StepMock;
  /** Calls the handler with the step's input. */
  calls(handler: MockHandler): StepMock;
  /** The step does its own work again. */
  restore(): void;
}

interface Turn {
  left: number;
  readonly handler: MockHandler;
}

export class Mock implements StepMock {
  readonly #onRestore: () => void;
  #turns: Turn[] = [];
  /** A step has come by. */
  wasPlayed = false;

  constructor(onRestore: () => void) {
    this.#onRestore = onRestore;
  }

  /** Nothing was said, or all was played: the step does its own work. */
  get isEmpty(): boolean {
    return this.#turns.length === 0;
  }

  returns(value?: unknown): StepMock {
    return this.#add(Number.POSITIVE_INFINITY, () => value);
  }

  throws(error: unknown): StepMock {
    return this.throwsTimes(Number.POSITIVE_INFINITY, error);
  }

  throwsTimes(times: number, error: unknown): StepMock {
    return this.#add(times, () => {
      throw error;
    });
  }

  calls(handler: MockHandler): StepMock {
    return this.#add(Number.POSITIVE_INFINITY, handler);
  }

  restore(): void {
    this.#turns = [];
    this.#onRestore();
  }

  play(input: readonly unknown[]): unknown {
    this.wasPlayed = true;
    const [turn] = this.#turns;
    if (turn === undefined) return undefined;
    turn.left -= 1;
    if (turn.left <= 0) this.#turns.shift();
    return turn.handler(...input);
  }

  /** What was to be played for ever is played no longer: the last word counts. */
  #add(times: number, handler: MockHandler): StepMock {
    this.#turns = this.#turns.filter(({ left }) => left !== Number.POSITIVE_INFINITY);
    if (times > 0) this.#turns.push({ left: times, handler });
    return this;
  }
}
