import { buildEngine } from "@stepwell/engine";
import { openSqliteStore } from "@stepwell/store-sqlite";

/** What is simulated: an engine and its store. Broken builds have the same form. */
export interface Build {
  readonly buildEngine: typeof buildEngine;
  readonly openStore: typeof openSqliteStore;
}

/** What is shipped. */
export const soundBuild: Build = { buildEngine, openStore: openSqliteStore };
