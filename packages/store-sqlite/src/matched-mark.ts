import type { StatementSync } from "node:sqlite";
import type { Connection } from "./connection.ts";

/** How far the stored mark may lag behind: a take-over looks at so much again, which changes nothing. */
const lagMsMax = 1_000;

/** How far this holder has looked at what events wake and cancel; from there a take-over goes on. */
export class MatchedMark {
  readonly #write: StatementSync;
  readonly #holderId: number;
  #savedSeq = 0;
  #savedAt: number | undefined;

  constructor(connection: Connection, holderId: number) {
    this.#holderId = holderId;
    this.#write = connection.prepare("-- stepwell: holders.save_mark\nupdate holders set matched_seq = max(matched_seq, ?) where id = ?");
  }

  /** Within a transaction. */
  save(seq: number, now: number): void {
    if (seq <= this.#savedSeq || (this.#savedAt !== undefined && Math.abs(now - this.#savedAt) < lagMsMax)) return;
    this.#write.run(seq, this.#holderId);
    this.#savedSeq = seq;
    this.#savedAt = now;
  }

  /** After a rollback. */
  forget(): void {
    this.#savedSeq = 0;
    this.#savedAt = undefined;
  }
}
