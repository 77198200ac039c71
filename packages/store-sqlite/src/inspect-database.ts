import { existsSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { DatabaseSync } from "./database-sync.ts";
import { migrationNames } from "./migrate.ts";
import { type FileOwner, fileOwner } from "./owner.ts";

export type DatabaseInspection =
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly message: string }
  | {
      readonly kind: "read";
      readonly owner: FileOwner;
      readonly bytes: number;
      /** Whether others than its user may read it. */
      readonly isOpenToOthers: boolean;
      readonly migrationsApplied: number;
      readonly migrationsPending: number;
      /** Absent: not looked at, because it is in use or too large to be read through while somebody waits. */
      readonly isIntact?: boolean;
    };

const checkedBytesMax = 256 * 1024 * 1024;
/** Read and write of group and others. */
const othersMode = 0o066;

/** Looks at a database that is not ours, and changes nothing. */
export function inspectDatabase(file: string): DatabaseInspection {
  if (!existsSync(file)) return { kind: "absent" };
  try {
    const owner = fileOwner(file);
    const { size, mode } = statSync(file);
    // It was made, and nothing was written yet: a first start that was refused leaves such a one.
    if (size === 0 && !existsSync(`${file}-wal`)) return { kind: "absent" };
    const reader = openReader(file, owner);
    try {
      const applied = reader.prepare("-- stepwell: inspect.migrations\nselect name from schema_migrations").all();
      const known = migrationNames();
      const isChecked = owner.kind === "free" && size <= checkedBytesMax;
      return {
        kind: "read",
        owner,
        bytes: size,
        isOpenToOthers: (mode & othersMode) !== 0,
        migrationsApplied: applied.length,
        migrationsPending: known.filter((name) => !applied.some((row) => row["name"] === name)).length,
        ...(isChecked ? { isIntact: isIntact(reader) } : {}),
      };
    } finally {
      reader.close();
    }
  } catch (error) {
    return { kind: "unreadable", message: error instanceof Error ? error.message : String(error) };
  }
}

/** Nobody writes to a database that is free and has no log: read as such, it gets no side files. */
function openReader(file: string, owner: FileOwner): DatabaseSync {
  if (owner.kind === "held" || existsSync(`${file}-wal`)) return new DatabaseSync(file, { readOnly: true });
  const url = pathToFileURL(file);
  url.searchParams.set("immutable", "1");
  return new DatabaseSync(url, { readOnly: true });
}

function isIntact(reader: DatabaseSync): boolean {
  return reader.prepare("pragma quick_check(1)").get()?.["quick_check"] === "ok";
}
