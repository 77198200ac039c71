import type { StatementSync } from "node:sqlite";
import type { EpochMs, ItemId, RunId, StoreSeq } from "@stepwell/protocol";
import type { HeldItem, HolderId } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import { numberOf, textOf } from "./rows.ts";

/** What a holder has a lease on, as the tables say. */
export class HeldItems {
  readonly #ownHeld: StatementSync;
  readonly #stepsHeld: StatementSync;

  constructor(connection: Connection) {
    const prepare = connection.prepare.bind(connection);
    this.#ownHeld = prepare(
      "-- stepwell: queue.list_held runs\nselect seq, id, generation, queued_at, priority_ms from runs where holder_id = ? and ended_at is null",
    );
    this.#stepsHeld = prepare(`-- stepwell: queue.list_held items
      select q.seq, q.id, q.run_seq, q.generation, r.queued_at, r.priority_ms from queue_items q join runs r on r.seq = q.run_seq
       where q.holder_id = ? and q.state = 2`);
  }

  of(holderId: HolderId): readonly HeldItem[] {
    const runs = this.#ownHeld.all(holderId).map((row): HeldItem => {
      const lease = { kind: "own", runSeq: numberOf(row, "seq") as StoreSeq, holderId, generation: numberOf(row, "generation") } as const;
      return {
        lease,
        itemId: textOf(row, "id") as RunId,
        queuedAt: numberOf(row, "queued_at") as EpochMs,
        priorityMs: numberOf(row, "priority_ms"),
      };
    });
    const steps = this.#stepsHeld.all(holderId).map((row): HeldItem => {
      const lease = {
        kind: "step",
        runSeq: numberOf(row, "run_seq") as StoreSeq,
        itemSeq: numberOf(row, "seq") as StoreSeq,
        holderId,
        generation: numberOf(row, "generation"),
      } as const;
      return {
        lease,
        itemId: textOf(row, "id") as ItemId,
        queuedAt: numberOf(row, "queued_at") as EpochMs,
        priorityMs: numberOf(row, "priority_ms"),
      };
    });
    return [...runs, ...steps];
  }
}
