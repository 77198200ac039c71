// A Node that is too old has no `node:sqlite`, and an import of it would end the program before anybody could say so. Asked for
// in this way, it is missed only where a database is opened.

import type { DatabaseSync as NodeDatabase } from "node:sqlite";
import { nodeTooOld } from "./node-too-old.ts";

export type DatabaseSync = NodeDatabase;

class MissingDatabase {
  constructor() {
    throw nodeTooOld();
  }
}

export const DatabaseSync: typeof NodeDatabase =
  // The function itself is missing before Node 20.16.
  process.getBuiltinModule?.("node:sqlite")?.DatabaseSync ?? (MissingDatabase as unknown as typeof NodeDatabase);
