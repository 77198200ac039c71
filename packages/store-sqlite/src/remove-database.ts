import { rmSync } from "node:fs";
import { lockFile } from "./owner.ts";

/**
 * Removes a database with its log. It need not be readable: a broken one is a reason to remove it.
 *
 * @throws {StepwellError} `database_in_use`: a process, this one included, has it open.
 */
export function removeDatabase(file: string): void {
  const lock = lockFile(file);
  try {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
  } finally {
    lock.release();
  }
}
