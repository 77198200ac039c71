import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Of a database that is a file. */
export interface StoreFacts {
  readonly file: string;
  readonly databaseBytes: number;
  /** What was committed and is not in the database file yet. */
  readonly logBytes: number;
  /** Of the disk it is on. */
  readonly freeBytes: number;
}

export function storeFacts(file: string): StoreFacts {
  const { bavail, bsize } = statfsSync(dirname(file));
  return { file, databaseBytes: sizeOf(file), logBytes: sizeOf(`${file}-wal`), freeBytes: bavail * bsize };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
