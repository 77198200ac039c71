// What the parts of a simulated world know of each other.

import type { SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import type { CommitParams, Store, Unit } from "@stepwell/store";
import type { Cast } from "./cast.ts";
import type { Ledger } from "./ledger.ts";
import type { Faults } from "./swarm.ts";
import type { Watcher } from "./watcher.ts";

/** The process is no more: nothing it would have done next happens. */
export class ProcessDied extends Error {}

/** What parts of the world know of a process: a holder that opened the file, and what became of it. */
export interface Holder {
  readonly id: number;
  /**
   * `asleep`: it was taken for dead and goes on with what it had in hand, while another owns the file. `dead`: it does
   * nothing more; what it had sent to the store may still arrive.
   */
  fate: "alive" | "asleep" | "dead";
  /** It has only just begun: what it asks of the store takes longer than later. */
  isYoung: boolean;
}

export interface Surroundings {
  /** Time as it passes. Wall clocks differ from it, and jump. */
  readonly clock: VirtualClock;
  readonly chance: SeededRandom;
  readonly watcher: Watcher;
  readonly ledger: Ledger;
  readonly cast: Cast;
  readonly faults: Faults;
  /** Transactions of the store that went through. */
  readonly commits: number;
  /** The store of the process that owns the file. */
  readonly store: Store | undefined;
  /** By how much the wall clock was set back so far: what was in time when it was claimed may look so much too early. */
  readonly setBackMs: number;
  /** The latest time a wall clock ever showed. */
  readonly latestNow: number;
  /** Of events and of ends of runs, which stand in one order. */
  newestPlace(): number;
  /** The place of the newest event when a call of a run began, by the run and the call's generation. */
  callSeqOf(runSeq: number, generation: number): number;
  /** Draws whether a fault happens, and counts it. */
  happens(fault: keyof Faults): boolean;
  count(fault: keyof Faults): void;
  violate(message: string): void;
  /** Checks the invariants now. */
  check(): void;
  /** A batch of which copies may arrive when all it depends on has changed. */
  keepCopy(holder: Holder, units: readonly Unit[], params: CommitParams): void;
  /** Something was written behind the back of the living engine, which nobody told: it is started anew soon. */
  surprise(): void;
}
