// Files of this package that are read and not imported: a bundler takes the code along and leaves them behind.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { StepwellError } from "@stepwell/protocol";

/** @throws {StepwellError} `store_files_missing` */
export function readSql(path: string): string {
  return orMissing(() => readFileSync(new URL(path, import.meta.url), "utf8"));
}

/** @throws {StepwellError} `store_files_missing` */
export function listSql(folder: string): readonly string[] {
  return orMissing(() => readdirSync(new URL(folder, import.meta.url)));
}

/** The thread that reads reports is a file of its own. */
export function hasReportsWorker(): boolean {
  try {
    return existsSync(new URL("./reports-worker.ts", import.meta.url));
  } catch {
    return false;
  }
}

function orMissing<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    // A bundle that is CommonJS does not know where it is.
    if (code !== "ENOENT" && code !== "ENOTDIR" && code !== "ERR_INVALID_URL") throw error;
    throw new StepwellError(
      "store_files_missing",
      "files of @stepwell/store-sqlite are not beside its code: a bundler has left them behind",
      {
        retryable: false,
        advice:
          "Keep the packages out of the bundle and install them where it runs: esbuild `--external:stepwell --external:@stepwell/*`, Rollup and Rolldown `external: [/^stepwell/, /^@stepwell/]`, webpack `externals`, Next.js `serverExternalPackages`.",
        cause: error,
      },
    );
  }
}
