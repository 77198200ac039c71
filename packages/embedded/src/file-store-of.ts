import { StepwellError } from "@stepwell/protocol";
import type { FileStore } from "./create-engine.ts";

/**
 * The database that was named.
 *
 * @throws {StepwellError} `invalid_request`: none was, or one that is no file.
 */
export function fileStoreOf(store: unknown, asker: string): FileStore {
  const named = typeof store === "string" ? { file: store } : store;
  const file = (named as { readonly file?: unknown } | null | undefined)?.file;
  if (typeof file !== "string" || file === "")
    throw new StepwellError("invalid_request", `${asker} needs \`store\`, the path of its database`, {
      retryable: false,
      advice: 'Name a file, which is made when it is missing: store: "data/stepwell.db".',
    });
  if (file.startsWith(":memory:") || file.startsWith("file:"))
    throw new StepwellError("invalid_request", `${asker} has its database in a file, and "${file}" is the path of none`, {
      retryable: false,
      advice: "Name a file; in tests createTestEngine of @stepwell/testing runs the same engine in memory.",
    });
  return named as FileStore;
}
