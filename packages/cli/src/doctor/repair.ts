// What `doctor --fix` puts right by itself: what loses nothing, and what nobody could want otherwise. A repair is data, so
// that it can be shown, asked about and tested apart from being made.

import { chmodSync, statSync } from "node:fs";
import { hideDatabase, removeDamagedLock } from "@stepwell/store-sqlite";
import type { ApiClient } from "../api-client.ts";
import { CommandError } from "../exit-codes.ts";

export type Repair =
  /** Others may read or write a database. */
  | { readonly kind: "make_private"; readonly file: string }
  /** Its user may not write a folder or a file of the data. */
  | { readonly kind: "make_writable"; readonly path: string }
  /** Nobody holds it, and nobody can take it. */
  | { readonly kind: "remove_lock"; readonly file: string }
  | { readonly kind: "make_key"; readonly keyKind: "signing" | "event" }
  /** The app answers, and its last registration failed. */
  | { readonly kind: "sync_app"; readonly url: string };

/** What it would do, as a question and as a line of the report. */
export function repairText(repair: Repair): string {
  switch (repair.kind) {
    case "make_private":
      return `take the right to read and write ${repair.file} from other users`;
    case "make_writable":
      return `give its user the right to write ${repair.path}`;
    case "remove_lock":
      return `remove ${repair.file}.lock, which is damaged and held by nobody`;
    case "make_key":
      return `make the ${repair.keyKind} key that is missing`;
    case "sync_app":
      return `ask the app at ${repair.url} to register again`;
    default:
      return repair satisfies never;
  }
}

export interface RepairResult {
  readonly state: "done" | "failed" | "declined";
  readonly text: string;
  /** Why it failed, or a key that is told this once. */
  readonly detail?: string;
}

/** Makes it. What stands in its way is a result, so that the others are made all the same. */
export async function makeRepair(repair: Repair, client: ApiClient): Promise<RepairResult> {
  const text = repairText(repair);
  try {
    const detail = await act(repair, client);
    return { state: "done", text, ...(detail === undefined ? {} : { detail }) };
  } catch (error) {
    if (!(error instanceof CommandError) && !isRefusal(error)) throw error;
    return { state: "failed", text, detail: error.message };
  }
}

/** The system says no, with a code of its own. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}

async function act(repair: Repair, client: ApiClient): Promise<string | undefined> {
  switch (repair.kind) {
    case "make_private":
      hideDatabase(repair.file);
      return undefined;
    case "make_writable": {
      const { mode } = statSync(repair.path);
      chmodSync(repair.path, (mode & 0o777) | ownRights(repair.path));
      return undefined;
    }
    case "remove_lock":
      return removeDamagedLock(repair.file) ? undefined : "it was in order when it was looked at again";
    case "make_key": {
      const { key } = (await client.post("/api/v1/keys", JSON.stringify({ kind: repair.keyKind, name: "doctor" })))["data"] as {
        readonly key: string;
      };
      return `INNGEST_${repair.keyKind.toUpperCase()}_KEY=${key} is shown this once`;
    }
    case "sync_app":
      await client.post("/api/v1/apps/sync", JSON.stringify({ url: repair.url }));
      return undefined;
    default:
      return repair satisfies never;
  }
}

/** What the user of a folder, or of a file, needs of rights. */
export function ownRights(path: string): number {
  return statSync(path).isDirectory() ? 0o700 : 0o600;
}
