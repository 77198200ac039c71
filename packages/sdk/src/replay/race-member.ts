import type { FoundStep } from "./found-step.ts";

/** What a race waits for: a step, or what `then` made of one. */
export interface RaceMember {
  readonly isSettled: boolean;
  /** The step is what is waited for, or a part of it. */
  isMadeOf(step: FoundStep): boolean;
}

/** A promise that tells whoever races it what it is made of. */
export interface RacedPromise {
  readonly raceMember?: RaceMember | undefined;
}

export type Handler = ((value: unknown) => unknown) | null | undefined;
export type PlainThen = (onFulfilled?: Handler, onRejected?: Handler) => Promise<unknown>;
