import { existsSync } from "node:fs";
import { removeDatabase } from "@stepwell/store-sqlite";
import { askYes, canAsk } from "./ask-yes.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";

/**
 * Removes a database for `--reset`, after a yes.
 *
 * @throws {CommandError} Nobody said yes.
 * @throws {StepwellError} `database_in_use`: a server has it open.
 */
export async function resetData(
  file: string,
  { isConfirmed, noInput }: { readonly isConfirmed: boolean; readonly noInput: boolean },
): Promise<void> {
  if (!existsSync(file)) return;
  if (!isConfirmed && (noInput || !canAsk()))
    throw new CommandError(exitCodes.usage, "usage", `--reset would remove ${file}, and nobody can be asked`, ["Add --yes to do it."]);
  if (!isConfirmed && !(await askYes(`Remove ${file} with all its runs and events?`)))
    throw new CommandError(exitCodes.failed, "failed", "nothing was removed, and the server was not started");
  removeDatabase(file);
}
