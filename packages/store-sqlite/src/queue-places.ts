// Where the items of a run stand in the queue, and what keeps them: read for people, never on the way of a run.

import type { StatementSync } from "node:sqlite";
import { asJson, type EpochMs, type RunId } from "@stepwell/protocol";
import { type Gate, isStartRank, type LimitRule, type QueuePlace } from "@stepwell/store";
import type { Connection } from "./connection.ts";
import type { Lane } from "./lane.ts";
import type { Lanes } from "./lanes.ts";
import { numberOf, textOf } from "./rows.ts";
import { takeTurns, turnsBefore } from "./take-turns.ts";

/** Owners of a gate's slots, and elders of an item, that are named. */
const namedMax = 20;
/** Steps of one run that are looked at: a run may have ten thousand in the queue, and they stand alike. */
const itemsMax = 20;
/** Lanes beside the item's that are counted, each of which is a question of its own. With more, the place is at least what was counted. */
const lanesMax = 1_000;

/** An item in its lane. */
interface Standing {
  readonly laneId: number;
  readonly ahead: number;
  readonly first: readonly RunId[];
  /** Items are counted no further. */
  readonly limit: number;
}

export class QueuePlaces {
  readonly #lanes: Lanes;
  readonly #items: StatementSync;
  readonly #ahead: StatementSync;
  readonly #first: StatementSync;
  readonly #waiting: StatementSync;
  readonly #firstOfLane: StatementSync;
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
    this.#waiting = prepare(`-- stepwell: queue.explain lane
      select count(*) as count from (select 1 from queue_items where lane_id = ? and state = 1 limit ? + 0)`);
    this.#firstOfLane = prepare(`-- stepwell: queue.explain first of lane
      select r.id from (select run_seq from queue_items where lane_id = ? and state = 1 order by rank, seq limit ? + 0) q
        join runs r on r.seq = q.run_seq`);
    this.#ids = prepare("-- stepwell: queue.explain owners\nselect id from runs where seq in (select value from json_each(?))");
  }

  of(runId: RunId, now: number, limit: number): readonly QueuePlace[] {
    return this.#items.all(runId, itemsMax).map((row): QueuePlace => {
      const isStart = row["own"] === 1 && isStartRank(numberOf(row, "rank")) && row["holds"] === 0;
      const isReady = row["state"] === 1;
      const standing = isReady ? this.#standingOf(row, limit) : undefined;
      return {
        state: isReady ? "ready" : "parked",
        dueAt: numberOf(row, "due_at") as EpochMs,
        isStart,
        ahead: standing?.ahead ?? 0,
        first: standing?.first ?? [],
        gates: this.#gatesOf(numberOf(row, "function_id"), textOf(row, "lane_key"), isStart, now, standing),
      };
    });
  }

  #standingOf(row: Readonly<Record<string, unknown>>, limit: number): Standing {
    const laneId = numberOf(row, "lane_id");
    const elders = [laneId, numberOf(row, "rank"), numberOf(row, "seq")] as const;
    const ahead = numberOf(this.#ahead.get(...elders, limit) ?? {}, "count");
    return { laneId, ahead, first: this.#first.all(...elders, namedMax).map(runIdOf), limit };
  }

  /** Beside lanes that wait for the same, as their turns go. */
  #lineOf(waiters: ReadonlySet<Lane>, { laneId, ahead, first, limit }: Standing): NonNullable<Gate["line"]> {
    let total = ahead;
    let isBefore = true;
    const named: (readonly RunId[])[] = [];
    for (const { id } of [...waiters].slice(0, lanesMax)) {
      if (id === laneId) {
        isBefore = false;
        named.push(first);
        continue;
      }
      const turns = turnsBefore({ isBefore, count: numberOf(this.#waiting.get(id, ahead + 1) ?? {}, "count") }, ahead);
      total += turns;
      if (named.length < namedMax && turns > 0) named.push(this.#firstOfLane.all(id, Math.min(turns, namedMax)).map(runIdOf));
    }
    return { ahead: waiters.size > lanesMax ? Math.max(total, limit) : Math.min(total, limit), first: takeTurns(named, namedMax) };
  }

  #gatesOf(functionId: number, laneKey: string, isStart: boolean, now: number, standing: Standing | undefined): readonly Gate[] {
    return this.#lanes.explain(functionId, laneKey, isStart, now).map(({ pool, rule, value, until, owners, waiters }): Gate => {
      const scope: LimitRule["scope"] = rule?.scope ?? "fn";
      return {
        kind: pool.kind,
        scope,
        value: pool.kind === "hold" ? "" : value,
        isShut: until !== undefined,
        ...(rule === undefined ? {} : { rule }),
        used: pool.used,
        owners: this.#ids.all(asJson(owners.slice(0, namedMax))).map(runIdOf),
        ...(waiters === undefined || standing === undefined || waiters.size < 2 ? {} : { line: this.#lineOf(waiters, standing) }),
        ...(until === undefined || until === Number.POSITIVE_INFINITY ? {} : { opensAt: until as EpochMs }),
      };
    });
  }
}

function runIdOf(row: Readonly<Record<string, unknown>>): RunId {
  return textOf(row, "id") as RunId;
}
