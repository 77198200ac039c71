// What the world outside knows: what senders were told, what they sent, what was cancelled and what came to an end.

import type { EventId, RunId } from "@stepwell/protocol";
import type { BeginWait } from "@stepwell/store";

export interface SentEvent {
  readonly name: string;
  readonly data: {
    readonly n: number | string;
    readonly key: number;
    /** By how much the event asks its runs to wait, in ms. */
    readonly delayMs: number;
  };
  readonly externalId?: string;
  /** What the matched functions do with it, by slug. */
  readonly expected: ReadonlyMap<string, "start" | "expression_error">;
  /** When it was sent first, in time as it passes. */
  readonly sentAt: number;
}

/** A wait for an event, as the unit that was committed asked for it. */
export interface BegunWait {
  readonly waitsFor: Extract<BeginWait["waitsFor"], { kind: "event" }>;
  readonly dueAt: number;
  /** Events up to this place were accepted before the call that made the wait began. */
  readonly callSeq: number;
  /** In time as it passes. */
  readonly begunAt: number;
}

export interface CancelEvent {
  readonly name: string;
  readonly key: number;
  readonly receivedAt: number;
  /** When it was first seen, in time as it passes. */
  readonly seenAt: number;
  readonly isForeign: boolean;
  /** The runs with a rule for it whose time was not over by any clock so far: a rule that is over stays over when clocks are set back. */
  readonly inTimeFor: ReadonlySet<number>;
}

/** What the far side said to a step that asks it. */
export interface Told {
  /** Numbers of answers that are results. */
  readonly answers: Set<number>;
  /** It said what no further attempt changes. */
  isFinal: boolean;
}

export class Ledger {
  /** What senders were told is accepted. */
  readonly accepted = new Map<EventId, SentEvent>();
  /** Accepted, and not yet held against the tables. */
  readonly unchecked = new Set<EventId>();
  /** Runs that somebody asked to cancel, and those that were said to be. */
  readonly cancelAsked = new Set<RunId>();
  readonly cancelled = new Set<RunId>();
  /** Sends that have not been answered. */
  sending = 0;
  /** The first result of each step, by run and step. */
  readonly results = new Map<number, Map<string, string>>();
  /** The end of each run: how, and when by engine time and by time as it passes. */
  readonly ends = new Map<number, { readonly text: string; readonly endedAt: number; readonly seenAt: number }>();
  /** Waits by run and step. */
  readonly waits = new Map<number, Map<string, BegunWait>>();
  /** Waits, and other steps that others end, whose results have been judged, by run. */
  readonly judged = new Map<number, Set<string>>();
  /** When each event was first seen, in time as it passes, by its place. */
  readonly seenAt = new Map<number, number>();
  /** Events that cancel, by their place. */
  readonly cancelEvents = new Map<number, CancelEvent>();
  /** Ids of events that came from a holder whose epoch had passed: whom they wake nobody looks. */
  readonly foreign = new Set<string>();
  /** The place of the newest event, and of the newest end of a run, when the present commit began. */
  newestBefore = 0;
  /** The place of the newest event that stood in a batch before the end of a wait that was over, by run and step. */
  readonly newestOf = new Map<string, number>();
  /** The place of the newest end of a run that was seen. */
  newestEnd = 0;
  /** The step that each signal ended. */
  readonly signalsTaken = new Map<string, { readonly runSeq: number; readonly step: string }>();
  /** Answers to signals, by what was sent with each. */
  readonly signals = new Map<string, RunId | "kept">();
  /** The run that a key started when a function was invoked by hand. */
  readonly invoked = new Map<string, { readonly runId: RunId; readonly at: number }>();
  /** Functions that were taken away and brought back: whether an event finds them nobody can say. */
  readonly unsure = new Set<string>();

  /** By run and step, as the far side was asked. */
  readonly told = new Map<string, Told>();

  accept(id: EventId, event: SentEvent): void {
    this.accepted.set(id, event);
    this.unchecked.add(id);
  }

  beginWait(runSeq: number, stepId: string, wait: BegunWait): void {
    const waits = this.waits.get(runSeq) ?? new Map<string, BegunWait>();
    this.waits.set(runSeq, waits);
    if (!waits.has(stepId)) waits.set(stepId, wait);
  }

  /** True the first time. */
  judge(runSeq: number, step: string): boolean {
    const steps = this.judged.get(runSeq) ?? new Set<string>();
    this.judged.set(runSeq, steps);
    if (steps.has(step)) return false;
    steps.add(step);
    return true;
  }
}
