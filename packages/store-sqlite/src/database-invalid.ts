import { StepwellError } from "@stepwell/protocol";

/** SQLite's numbers for: damaged, no database. */
const unreadable = [11, 26];

/** What an error of SQLite says of the file when it is none of SQLite's; `undefined`: it says something else. */
export function databaseInvalid(file: string, error: unknown): StepwellError | undefined {
  const { errcode, message } = error as { readonly errcode?: unknown; readonly message?: string };
  if (typeof errcode !== "number" || !unreadable.includes(errcode & 0xff)) return undefined;
  return new StepwellError("database_invalid", `${file} cannot be read as a database: ${message}`, {
    retryable: false,
    advice: "Name another file, which is made when it is missing, or bring a copy of this one back.",
    cause: error,
  });
}
