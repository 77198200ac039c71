import type { StatementSync } from "node:sqlite";
import type { Connection } from "./connection.ts";

/** How far the stored time may lag behind the last commit, so that hardly any commit pays for it. */
const lagMsMax = 1_000;

/** The last engine time that was committed, for a clock that has gone back at the next start. */
export class EngineTime {
  readonly #write: StatementSync;
  #saved: number | undefined;
  #seen: number | undefined;

  constructor(connection: Connection) {
    this.#write = connection.prepare("-- stepwell: owner.save_time\nupdate owner set last_now = ? where id = 1");
  }

  /** Within a transaction. A clock that was set back on purpose is followed. */
  save(now: number): void {
    this.#seen = now;
    if (this.#saved !== undefined && Math.abs(now - this.#saved) < lagMsMax) return;
    this.#write.run(now);
    this.#saved = now;
  }

  /** After a rollback. */
  forget(): void {
    this.#saved = undefined;
  }

  /** At the close: exactly the last one. */
  flush(): void {
    if (this.#seen !== undefined && this.#seen !== this.#saved) this.#write.run(this.#seen);
  }
}
