// What this holder has in hand: calls under way, and runs that were born leased and wait in memory for their first.
//
// Q1. At most `callsInFlightMax` calls are under way; at most `bornLeasedMax` runs wait, in the order of acceptance.
// Q2. A run is in `byItem` from the moment it is taken until its attempts have settled, however they went.
// Q3. Neither side starves the other: while rows are ready, claimed runs get every second place that becomes free.
// Q4. While suspects are left, one call is under way at a time and no run is born leased: who is in hand when the process dies is
//     charged with it, and shall be nobody who was only beside the one that did it.

import { type ItemId, limits, type RunId } from "@stepwell/protocol";
import { itemIdOf, type RunInHand } from "../runs/run-in-hand.ts";

export interface HandsParts {
  readonly callsInFlightMax: number;
  readonly bornLeasedMax: number;
  /** Works on a run until it has left the hand; never rejects. */
  readonly work: (run: RunInHand) => Promise<void>;
  /** A place is free and nothing in memory waits for it, or it is the queue's turn. */
  readonly onRoom: () => void;
}

export class Hands {
  readonly #parts: HandsParts;
  /** Items that were in hand at several ends of a process, and have yet to pass through the hand. */
  #suspects = 0;
  readonly #byItem = new Map<ItemId | RunId, RunInHand>();
  #waiting: RunInHand[] = [];
  #firstWaiting = 0;
  #inFlight = 0;
  #isQueuesTurn = false;
  #isPaused = false;
  /** Set by the claim loop: rows are ready in the store. */
  rowsAreReady = false;

  constructor(parts: HandsParts) {
    this.#parts = parts;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get waiting(): number {
    return this.#waiting.length - this.#firstWaiting;
  }

  get size(): number {
    return this.#byItem.size;
  }

  /** How many more runs may be born leased. */
  get roomForBorn(): number {
    return this.#isPaused || this.#suspects > 0 ? 0 : this.#parts.bornLeasedMax - this.waiting;
  }

  /** How many items may be claimed now. While runs wait in memory, what is free are the places that are the queue's turn. */
  get roomForClaims(): number {
    return this.#callsMax - this.#inFlight;
  }

  /** Before anything is in hand. */
  suspect(count: number): void {
    this.#suspects = count;
  }

  /** Whoever of them is left has had its time. */
  trust(): void {
    if (this.#suspects === 0) return;
    this.#suspects = 0;
    this.fillRest();
    this.#parts.onRoom();
  }

  get #callsMax(): number {
    return this.#suspects > 0 ? 1 : this.#parts.callsInFlightMax;
  }

  find(itemId: ItemId | RunId): RunInHand | undefined {
    return this.#byItem.get(itemId);
  }

  /** Everything in hand of one run: its own item and its parallel steps. */
  ofRun(runId: RunId): readonly RunInHand[] {
    const own = this.#byItem.get(runId);
    const steps = [...this.#byItem.values()].filter((run) => run.runId === runId && run !== own);
    return own === undefined ? steps : [own, ...steps];
  }

  /** A run that was born leased: it begins at once, or waits in memory. */
  takeBorn(run: RunInHand): void {
    this.#byItem.set(itemIdOf(run), run);
    if (this.#inFlight < this.#callsMax && this.waiting === 0 && !this.#isPaused) this.#begin(run);
    else this.#waiting.push(run);
  }

  /** A claimed item: it has a place already. */
  takeClaimed(run: RunInHand): void {
    this.#byItem.set(itemIdOf(run), run);
    this.#begin(run);
  }

  /** The queue has had its turn, and may have left places free: they go to the runs that wait in memory. */
  fillRest(): void {
    while (this.waiting > 0 && this.#inFlight < this.#callsMax && !this.#isPaused) {
      const next = this.#shift();
      if (next !== undefined) this.#begin(next);
    }
  }

  /** Takes the runs that wait in memory out of the hand, so that they can be handed back. */
  pause(): readonly RunInHand[] {
    this.#isPaused = true;
    const rest = this.#waiting.slice(this.#firstWaiting);
    this.#waiting = [];
    this.#firstWaiting = 0;
    for (const run of rest) this.#byItem.delete(itemIdOf(run));
    return rest;
  }

  everyone(): Iterable<RunInHand> {
    return this.#byItem.values();
  }

  #begin(run: RunInHand): void {
    this.#inFlight += 1;
    void this.#parts.work(run).then(() => this.#end(run));
  }

  #end(run: RunInHand): void {
    this.#inFlight -= 1;
    const itemId = itemIdOf(run);
    // A later call of the same item may be in hand already.
    if (this.#byItem.get(itemId) === run) this.#byItem.delete(itemId);
    if (this.#suspects === 1 && isSuspect(run)) return this.trust();
    if (this.#suspects > 0 && isSuspect(run)) this.#suspects -= 1;
    this.#fill();
  }

  #fill(): void {
    if (this.waiting === 0 || this.#isPaused) return this.#parts.onRoom();
    this.#isQueuesTurn = !this.#isQueuesTurn;
    if (this.rowsAreReady && this.#isQueuesTurn) return this.#parts.onRoom();
    const next = this.#shift();
    if (next !== undefined) this.#begin(next);
  }

  #shift(): RunInHand | undefined {
    const next = this.#waiting[this.#firstWaiting];
    this.#firstWaiting += 1;
    // Moving the rest to the front costs its length; done now and then it costs nothing.
    if (this.#firstWaiting > 1_024 && this.#firstWaiting * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#firstWaiting);
      this.#firstWaiting = 0;
    }
    return next;
  }
}

function isSuspect({ leaseLosses }: RunInHand): boolean {
  return leaseLosses >= limits.leaseLossesSuspect;
}
