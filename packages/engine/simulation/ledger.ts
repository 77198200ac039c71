// What the world outside knows: what senders were told, what they sent, what was cancelled and what came to an end.

import type { EventId, RunId } from "@stepwell/protocol";

export interface SentEvent {
  readonly name: string;
  readonly data: {
    readonly n: number | string;
    /** By how much the event asks its runs to wait, in ms. */
    readonly delayMs: number;
  };
  readonly externalId?: string;
  /** What the matched functions do with it, by slug. */
  readonly expected: ReadonlyMap<string, "start" | "expression_error">;
}

export class Ledger {
  /** What senders were told is accepted. */
  readonly accepted = new Map<EventId, SentEvent>();
  /** Accepted, and not yet held against the tables. */
  readonly unchecked = new Set<EventId>();
  readonly cancelled = new Set<RunId>();
  /** Sends that have not been answered. */
  sending = 0;
  /** The first result of each step, by run and step. */
  readonly results = new Map<number, Map<string, string>>();
  /** The end of each run: how, and when. */
  readonly ends = new Map<number, { readonly text: string; readonly endedAt: number }>();

  accept(id: EventId, event: SentEvent): void {
    this.accepted.set(id, event);
    this.unchecked.add(id);
  }
}
