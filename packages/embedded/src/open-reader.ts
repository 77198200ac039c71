import { runPhase } from "@stepwell/engine";
import { openSqliteReader } from "@stepwell/store-sqlite";
import type { FileStore } from "./create-engine.ts";
import { fileStoreOf } from "./file-store-of.ts";
import { type RunReader, runReader } from "./run-reader.ts";

export interface EngineReader extends Disposable {
  readonly runs: RunReader;
  /** The process that owns the file; `undefined`: nobody runs it now. */
  owner(): { readonly pid: number | undefined } | undefined;
  close(): void;
}

/**
 * Opens a database to read it, while the process that owns it goes on: for a second process, a script, a report.
 *
 * @throws {StepwellError} `database_not_found`, `database_invalid`, `store_unavailable`, `invalid_request`.
 */
export function openReader(options: { readonly store: string | Pick<FileStore, "file"> }): EngineReader {
  const reader = openSqliteReader({ file: fileStoreOf(options?.store, "openReader").file });
  return {
    runs: runReader({
      reports: reader.reports,
      functionIdOf: async (slug) => (await reader.apps()).functions.find((record) => record.slug === slug)?.id,
      // What only its owner knows, whether a call is under way just now, is not told.
      phaseOf: (run) => runPhase(run, Date.now(), { isInCall: false, isInMemory: false, isGone: false, goneMs: undefined }),
    }),
    owner() {
      const owner = reader.owner();
      return owner.kind === "held" ? { pid: owner.pid } : undefined;
    },
    close: () => reader.close(),
    [Symbol.dispose]: () => reader.close(),
  };
}
