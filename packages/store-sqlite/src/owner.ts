// Who owns the file. One process at a time: an exclusive transaction on a side file, held open, which the system ends
// when the process dies, however it dies. Within a process one store per file, so that a hot reload opens no second.

import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { StepwellError } from "@stepwell/protocol";
import { DatabaseSync } from "./database-sync.ts";

interface OpenFiles {
  readonly stepwellOpenFiles?: Set<string>;
}

function openFiles(): Set<string> {
  const holder = globalThis as OpenFiles & { stepwellOpenFiles?: Set<string> };
  holder.stepwellOpenFiles ??= new Set();
  return holder.stepwellOpenFiles;
}

export interface FileLock {
  release(): void;
}

/** Takes the file for this process, or says who has it. */
export function lockFile(file: string): FileLock {
  const path = realPath(file);
  if (openFiles().has(path)) throw inUse(path, process.pid);
  const side = new DatabaseSync(`${path}.lock`, { timeout: 0 });
  try {
    // Without a journal file, so that a process that dies leaves nothing to recover. As statements, whose errors tell why on Deno too.
    side.prepare("pragma journal_mode = off").get();
    side.prepare("begin exclusive").run();
  } catch (error) {
    side.close();
    if (!isBusy(error)) throw error;
    throw inUse(path, ownerOf(path), error);
  }
  openFiles().add(path);
  return {
    release() {
      openFiles().delete(path);
      side.close();
    },
  };
}

export type FileOwner = { readonly kind: "free" } | { readonly kind: "held"; readonly pid: number | undefined };

/** Who has the file, without taking it. */
export function fileOwner(file: string): FileOwner {
  const path = realPath(file);
  if (openFiles().has(path)) return { kind: "held", pid: process.pid };
  if (!existsSync(`${path}.lock`)) return { kind: "free" };
  const side = new DatabaseSync(`${path}.lock`, { timeout: 0, readOnly: true });
  try {
    // An owner's exclusive transaction lets nobody read.
    side.prepare("select name from sqlite_schema limit 1").get();
    return { kind: "free" };
  } catch (error) {
    // Whatever else keeps it from being read, a dead owner's rest for one, is no owner.
    return isBusy(error) ? { kind: "held", pid: ownerOf(path) } : { kind: "free" };
  } finally {
    side.close();
  }
}

/** One name for one file, whatever links lead to it. */
function realPath(file: string): string {
  const path = resolve(file);
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
}

function isBusy(error: unknown): boolean {
  return typeof error === "object" && error !== null && "errcode" in error && (Number(error.errcode) & 0xff) === 5;
}

/** The process that wrote itself into the file last; it may have had no time to. */
function ownerOf(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const reader = new DatabaseSync(path, { readOnly: true });
    const row = reader.prepare("select pid from owner").get();
    reader.close();
    return typeof row?.["pid"] === "number" ? row["pid"] : undefined;
  } catch {
    return undefined; // The file is being made: there is no owner row yet.
  }
}

function inUse(path: string, pid: number | undefined, cause?: unknown): StepwellError {
  const who = pid === undefined ? "another process" : pid === process.pid ? "this process" : `process ${pid}`;
  return new StepwellError("database_in_use", `${path} is in use by ${who}`, {
    retryable: false,
    advice:
      "Stop that process, or name another file (--db, or the engine's `store`). One SQLite file belongs to one process at a time; others can read it (openReader of @stepwell/embedded).",
    cause,
  });
}
