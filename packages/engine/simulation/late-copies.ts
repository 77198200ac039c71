// Copies of batches that arrive when all they depend on has changed: at some later time, or just when the run they are
// about is called again.

import { epochMs, type RunId } from "@stepwell/protocol";
import type { CommitParams, Unit } from "@stepwell/store";
import { deliver } from "./faulty-store.ts";
import { expectedRefusals } from "./lease-oracle.ts";
import type { Holder, Surroundings } from "./surroundings.ts";

interface Copy {
  readonly holder: Holder;
  readonly units: readonly Unit[];
  readonly params: CommitParams;
}

export class LateCopies {
  readonly #world: Surroundings;
  /** Those that wait for a call of the run, by its place in the store. */
  readonly #ofRuns = new Map<number, Copy>();

  constructor(world: Surroundings) {
    this.#world = world;
  }

  keep(copy: Copy): void {
    const units = copy.units.filter(isGuarded);
    if (units.length === 0) return;
    const runs = units.flatMap((unit) => (unit.kind === "call" || unit.kind === "release" ? [unit.lease.runSeq] : []));
    if (runs.length > 0 && this.#world.chance.chance(0.7)) for (const runSeq of runs) this.#ofRuns.set(runSeq, { ...copy, units });
    // From nothing to hours, each order of magnitude as likely as the next.
    else this.#arrive({ ...copy, units }, Math.floor(10 ** (this.#world.chance.uniform() * 7)));
  }

  /** A run is called: what had been sent about it before comes in while the call is under way. */
  onCall(runId: RunId): void {
    if (this.#ofRuns.size === 0) return;
    const runSeq = Number(this.#world.watcher.one("select seq from runs where id = ?", runId)?.["seq"]);
    const copy = this.#ofRuns.get(runSeq);
    if (copy === undefined) return;
    this.#ofRuns.delete(runSeq);
    this.#arrive(copy, this.#world.chance.below(10));
  }

  #arrive(copy: Copy, afterMs: number): void {
    const { clock } = this.#world;
    void clock.wakeAt(epochMs(clock.now() + afterMs), () => void this.#deliver(copy));
  }

  /** What the store failed to record, and could record still, was given up by its holder: nobody sends it again. */
  #staleOf(units: readonly Unit[]): readonly Unit[] {
    const { watcher } = this.#world;
    const expected = expectedRefusals(watcher, units);
    return units.filter((unit, index) => {
      if (unit.kind === "call" || unit.kind === "release") return expected[index] !== undefined;
      return (
        unit.kind !== "accept" || unit.events.every(({ event }) => watcher.one("select 1 from events where id = ?", event.id) !== undefined)
      );
    });
  }

  async #deliver({ holder, units, params }: Copy): Promise<void> {
    const world = this.#world;
    const { store } = world;
    if (store === undefined) return;
    const stale = this.#staleOf(units);
    if (stale.length === 0) return;
    const { outcomes } = await deliver(world, holder, store, stale, params).catch(() => ({ outcomes: [] }));
    for (const [index, unit] of stale.entries())
      if ((unit.kind === "resolve_wait" || unit.kind === "advance_cursor") && outcomes[index]?.kind === "committed")
        world.violate(`I5 ${unit.kind} was taken twice`);
  }
}

/** Units that are made so that twice is once. A signal is a message, and a timer that is set blindly is set again. */
function isGuarded(unit: Unit): boolean {
  if (unit.kind === "signal" || unit.kind === "cancel") return false;
  return unit.kind !== "set_timer" || unit.expected !== undefined;
}
