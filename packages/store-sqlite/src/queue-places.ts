// Where the items of a run stand in the queue, and what keeps them: read for people, never on the way of a run.

import type { StatementSync } from "node:sqlite";
import { asJson, type EpochMs, type RunId } from "@stepwell/protocol";
import { type Gate, isStartRank, type LimitRule, type QueuePlace } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { Lanes } from "./lanes.ts";
import { numberOf, textOf } from "./rows.ts";

/** Owners of a gate's slots, and elders of an item, that are named. */
const namedMax = 20;
/** Steps of one run that are looked at: a run may have ten thousand in the queue, and they stand alike. */
const itemsMax = 20;

export class QueuePlaces {
  readonly #lanes: Lanes;
  readonly #items: StatementSync;
  readonly #ahead: StatementSync;
  readonly #first: StatementSync;
  readonly #ids: StatementSync;

  constructor(connection: Connection, lanes: Lanes) {
    this.#lanes = lanes;
    const prepare = connection.prepare.bind(connection);
    this.#items = prepare(`-- stepwell: queue.explain
      select q.seq, q.function_id, q.lane_key, q.lane_id, q.state, q.own, q.rank, q.due_at, r.holds from runs r join queue_items q on q.run_seq = r.seq
       where r.id = ? and q.state <= 1 order by q.own desc, q.seq limit ? + 0`);
    const before = "from queue_items where lane_id = ? and state = 1 and (rank, seq) < (?, ?)";
    this.#ahead = prepare(`-- stepwell: queue.explain ahead\nselect count(*) as count from (select 1 ${before} limit ? + 0)`);
    this.#first = prepare(`-- stepwell: queue.explain first
      select r.id from (select run_seq ${before} order by rank, seq limit ? + 0) q join runs r on r.seq = q.run_seq`);
    this.#ids = prepare("-- stepwell: queue.explain owners\nselect id from runs where seq in (select value from json_each(?))");
  }

  of(runId: RunId, now: number, limit: number): readonly QueuePlace[] {
    return this.#items.all(runId, itemsMax).map((row): QueuePlace => {
      const isStart = row["own"] === 1 && isStartRank(numberOf(row, "rank")) && row["holds"] === 0;
      const elders = [row["lane_id"], numberOf(row, "rank"), numberOf(row, "seq")] as const;
      const isReady = row["state"] === 1;
      return {
        state: isReady ? "ready" : "parked",
        dueAt: numberOf(row, "due_at") as EpochMs,
        isStart,
        ahead: isReady ? numberOf(this.#ahead.get(...(elders as [number, number, number]), limit) ?? {}, "count") : 0,
        first: isReady
          ? this.#first.all(...(elders as [number, number, number]), namedMax).map((elder) => textOf(elder, "id") as RunId)
          : [],
        gates: this.#gatesOf(numberOf(row, "function_id"), textOf(row, "lane_key"), isStart, now),
      };
    });
  }

  #gatesOf(functionId: number, laneKey: string, isStart: boolean, now: number): readonly Gate[] {
    return this.#lanes.explain(functionId, laneKey, isStart, now).map(({ pool, rule, value, until, owners }): Gate => {
      const scope: LimitRule["scope"] = rule?.scope ?? "fn";
      return {
        kind: pool.kind,
        scope,
        value: pool.kind === "hold" ? "" : value,
        isShut: until !== undefined,
        ...(rule === undefined ? {} : { rule }),
        used: pool.used,
        owners: this.#ids.all(asJson(owners.slice(0, namedMax))).map((row) => textOf(row, "id") as RunId),
        ...(until === undefined || until === Number.POSITIVE_INFINITY ? {} : { opensAt: until as EpochMs }),
      };
    });
  }
}
