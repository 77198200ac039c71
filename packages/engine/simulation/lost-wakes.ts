import type { RunId } from "@stepwell/protocol";
import type { World } from "./world.ts";

/** Simulated steps between two looks. */
const looksEvery = 10;
/** What may go is claimed within this time: a clock that was set forward is looked at so often. */
const lateMsMax = 660_000;

/** Lanes whose first item may go, as the store itself says, and that nobody wakes. */
export class LostWakes {
  readonly #world: World;
  readonly #hasRoom: () => boolean;
  #steps = 0;
  /** By the first item of a lane: since when it could have gone, in time as it passes. */
  #since = new Map<number, number>();

  /** @param hasRoom - More calls could be under way. */
  constructor(world: World, hasRoom: () => boolean) {
    this.#world = world;
    this.#hasRoom = hasRoom;
  }

  /** After each step in fair weather: what has stood still for too long. */
  async look(): Promise<string | undefined> {
    this.#steps += 1;
    if (this.#steps % looksEvery !== 0) return undefined;
    const now = this.#world.clock.now();
    const since = new Map<number, number>();
    for (const first of this.#firsts()) if (await this.#mayGo(first.runId)) since.set(first.seq, this.#since.get(first.seq) ?? now);
    this.#since = since;
    for (const [seq, at] of since)
      if (now - at > lateMsMax)
        return `${JSON.stringify(this.#world.watcher.one("select * from queue_items where seq = ?", seq))} for ${now - at} ms`;
    return undefined;
  }

  #firsts(): readonly { readonly seq: number; readonly runId: RunId }[] {
    return this.#world.watcher
      .all(
        `select q.seq, r.id from lanes l
           join queue_items q on q.seq = (select i.seq from queue_items i where i.lane_id = l.id and i.state = 1 order by i.rank, i.seq limit 1)
           join runs r on r.seq = q.run_seq`,
      )
      .map((row) => ({ seq: Number(row["seq"]), runId: row["id"] as RunId }));
  }

  async #mayGo(runId: RunId): Promise<boolean> {
    const { owner } = this.#world.processes;
    if (owner === undefined || !this.#hasRoom()) return false;
    const places = await owner.opened.queue.explain({ runId, now: owner.now(), limit: 1 });
    return places.some(({ state, gates }) => state === "ready" && gates.every(({ isShut }) => !isShut));
  }
}
