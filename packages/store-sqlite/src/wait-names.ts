// Which names of events somebody waits for, and by which paths, in memory: an event that nobody waits for costs a look
// into an empty map.

import type { StatementSync } from "node:sqlite";
import type { Connection } from "./connection.ts";

const none: readonly string[] = [];

export class WaitNames {
  readonly #all: StatementSync;
  /** By environment and name, then by path (`""`: no term): how many. Exactly the rows of `waits` for events and rules. */
  #counts = new Map<string, Map<string, number>>();

  constructor(connection: Connection) {
    this.#all = connection.prepare(`-- stepwell: waits.names
      select environment_id, name, coalesce(path, '') as path, count(*) as count from waits where kind <= 1 group by 1, 2, 3`);
    this.rebuild();
  }

  /** After opening, and after every rollback. */
  rebuild(): void {
    this.#counts = new Map();
    for (const row of this.#all.all())
      this.add(Number(row["environment_id"]), String(row["name"]), String(row["path"]), Number(row["count"]));
  }

  has(environmentId: number, name: string): boolean {
    return this.#counts.size !== 0 && this.#counts.has(keyOf(environmentId, name));
  }

  /** Whether anything at all is waited for. */
  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  names(): readonly { readonly environmentId: number; readonly name: string }[] {
    return [...this.#counts.keys()].map((key) => {
      const at = key.indexOf(" ");
      return { environmentId: Number(key.slice(0, at)), name: key.slice(at + 1) };
    });
  }

  pathsOf(environmentId: number, name: string): readonly string[] {
    const paths = this.#counts.get(keyOf(environmentId, name));
    return paths === undefined ? none : [...paths.keys()].filter((path) => path !== "");
  }

  add(environmentId: number, name: string, path: string, count: number): void {
    const key = keyOf(environmentId, name);
    let paths = this.#counts.get(key);
    if (paths === undefined) {
      paths = new Map();
      this.#counts.set(key, paths);
    }
    const sum = (paths.get(path) ?? 0) + count;
    if (sum > 0) paths.set(path, sum);
    else paths.delete(path);
    if (paths.size === 0) this.#counts.delete(key);
  }
}

function keyOf(environmentId: number, name: string): string {
  return `${environmentId} ${name}`;
}
