// The database file as commands and applications open it: readable for its owner alone, and with words for what stands in the way.

import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { StepwellError } from "@stepwell/protocol";
import type { Store } from "@stepwell/store";
import { databaseInvalid } from "./database-invalid.ts";
import { openSqliteStore, type SqliteStoreOptions } from "./open-store.ts";

/** Payloads and keys are nobody else's business. */
const folderMode = 0o700;
const fileMode = 0o600;

/**
 * Opens it, and makes it with its folder when it is missing.
 *
 * @throws {StepwellError} `data_not_writable`, `database_in_use`, `database_invalid`; nothing is left open then.
 */
export async function openDatabase(options: SqliteStoreOptions): Promise<Store> {
  try {
    mkdirSync(dirname(options.file), { recursive: true, mode: folderMode });
    // SQLite gives the log the mode of the database.
    closeSync(openSync(options.file, "a", fileMode));
    return await openSqliteStore(options);
  } catch (error) {
    throw isRefusal(error) ? notWritable(options.file, error) : (databaseInvalid(options.file, error) ?? error);
  }
}

/** A database that was made before it held keys may be readable for others. */
export function hideDatabase(file: string): void {
  for (const path of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(path)) chmodSync(path, fileMode);
}

/** SQLite's numbers for: read-only, cannot be opened, no right to. */
const sqliteRefusals = [8, 14, 23];
const systemRefusals = ["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "EISDIR", "ENOENT", "ENOSPC", "EDQUOT", "ELOOP", "ENAMETOOLONG"];

function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code, errcode } = error as Error & { readonly code?: unknown; readonly errcode?: unknown };
  return systemRefusals.includes(String(code)) || (typeof errcode === "number" && sqliteRefusals.includes(errcode & 0xff));
}

function notWritable(file: string, cause: Error): StepwellError {
  return new StepwellError("data_not_writable", `${file} cannot be written: ${cause.message}`, {
    retryable: false,
    advice:
      "Make its folder writable, or name another with --sqlite-dir <folder> or --db <file>, in code with the engine's `store`: the database and its keys are kept there.",
    cause,
  });
}
