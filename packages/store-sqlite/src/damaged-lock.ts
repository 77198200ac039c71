// The side file that says who owns a database is empty, or has what SQLite writes into it. A disk that was full or a copy
// that ended early may leave something else, and then nobody can take the database, although nobody has it.

import { existsSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "./database-sync.ts";

/** SQLite's numbers for: damaged, and no database at all. */
const damaged = [11, 26];

export function isLockDamaged(file: string): boolean {
  const path = `${file}.lock`;
  if (!existsSync(path) || !statSync(path).isFile()) return false;
  const side = new DatabaseSync(path, { timeout: 0, readOnly: true });
  try {
    side.prepare("-- stepwell: lock.look\nselect name from sqlite_schema limit 1").get();
    return false;
  } catch (error) {
    return error instanceof Error && "errcode" in error && damaged.includes(Number(error.errcode) & 0xff);
  } finally {
    side.close();
  }
}

/** Nobody can hold what SQLite cannot read, so nothing is taken from anybody. `false`: it is not damaged, and stays. */
export function removeDamagedLock(file: string): boolean {
  if (!isLockDamaged(file)) return false;
  rmSync(`${file}.lock`);
  return true;
}
