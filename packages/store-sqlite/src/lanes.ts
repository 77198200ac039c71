// Lanes: rows while they have a ready item, and mirrored in memory, so that "has this lane a ready item?" costs nothing.

import type { StatementSync } from "node:sqlite";
import type { Connection } from "./connection.ts";

export class Lanes {
  readonly #connection: Connection;
  /** By function, then by lane key: the lane's id. Exactly the rows of `lanes`. */
  #mirror = new Map<number, Map<string, number>>();
  readonly #insertTurn: StatementSync;
  readonly #insertLane: StatementSync;
  readonly #hasReady: StatementSync;
  readonly #deleteLane: StatementSync;
  readonly #deleteTurn: StatementSync;
  readonly #serveLane: StatementSync;
  readonly #serveTurn: StatementSync;
  readonly #all: StatementSync;

  constructor(connection: Connection) {
    this.#connection = connection;
    const prepare = connection.prepare.bind(connection);
    this.#insertTurn = prepare(
      "-- stepwell: lanes.begin_turns\ninsert into function_turns (function_id, ready, served_seq) values (?, 1, ?)",
    );
    this.#insertLane = prepare("-- stepwell: lanes.begin\ninsert into lanes (function_id, key, ready, served_seq) values (?, ?, 1, ?)");
    this.#hasReady = prepare("-- stepwell: lanes.has_ready\nselect 1 from queue_items where lane_id = ? and state = 1 limit 1");
    this.#deleteLane = prepare("-- stepwell: lanes.end\ndelete from lanes where id = ?");
    this.#deleteTurn = prepare("-- stepwell: lanes.end_turns\ndelete from function_turns where function_id = ?");
    this.#serveLane = prepare("-- stepwell: lanes.serve\nupdate lanes set served_seq = ? where id = ?");
    this.#serveTurn = prepare("-- stepwell: lanes.serve_function\nupdate function_turns set served_seq = ? where function_id = ?");
    this.#all = prepare("-- stepwell: lanes.mirror\nselect id, function_id, key from lanes");
    this.rebuild();
  }

  /** After opening, and after every rollback. */
  rebuild(): void {
    this.#mirror = new Map();
    for (const row of this.#all.all()) this.#remember(Number(row["function_id"]), String(row["key"]), Number(row["id"]));
  }

  has(functionId: number, key: string): boolean {
    return this.#mirror.size !== 0 && this.#mirror.get(functionId)?.has(key) === true;
  }

  get isEmpty(): boolean {
    return this.#mirror.size === 0;
  }

  /** Whether a function that is not among these has a ready item. */
  hasAnyBut(functionIds: ReadonlySet<number>): boolean {
    if (functionIds.size === 0) return this.#mirror.size !== 0;
    for (const functionId of this.#mirror.keys()) if (!functionIds.has(functionId)) return true;
    return false;
  }

  /** The lane's id, which begins here when it has none. A new lane takes the present place in the order of turns. */
  ensure(functionId: number, key: string): number {
    const known = this.#mirror.get(functionId)?.get(key);
    if (known !== undefined) return known;
    const seq = this.#connection.nextSeq();
    if (!this.#mirror.has(functionId)) this.#insertTurn.run(functionId, seq);
    const id = Number(this.#insertLane.run(functionId, key, seq).lastInsertRowid);
    this.#connection.rowsWritten += 1;
    this.#remember(functionId, key, id);
    return id;
  }

  /** The lane and the function have had their turn; a lane without a ready item ends, and so do turns without a lane. */
  endTurn(functionId: number, key: string, laneId: number): void {
    const seq = this.#connection.nextSeq();
    if (this.settle(functionId, key, laneId)) this.#serveLane.run(seq, laneId);
    if (this.#mirror.has(functionId)) this.#serveTurn.run(seq, functionId);
  }

  /** Ends a lane that has no ready item. True: it has one. */
  settle(functionId: number, key: string, laneId: number): boolean {
    if (this.#hasReady.get(laneId) !== undefined) return true;
    this.#deleteLane.run(laneId);
    const lanes = this.#mirror.get(functionId);
    lanes?.delete(key);
    if (lanes?.size === 0) {
      this.#mirror.delete(functionId);
      this.#deleteTurn.run(functionId);
    }
    return false;
  }

  #remember(functionId: number, key: string, id: number): void {
    const lanes = this.#mirror.get(functionId);
    if (lanes === undefined) this.#mirror.set(functionId, new Map([[key, id]]));
    else lanes.set(key, id);
  }
}
