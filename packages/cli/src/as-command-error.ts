import type { StepwellError } from "@stepwell/protocol";
import { CommandError, exitCodes } from "./exit-codes.ts";

const exitCodeOf: Readonly<Record<string, number>> = { database_in_use: exitCodes.conflict, key_revoked: exitCodes.usage };

/** A failure of the server's parts as the failure of a command. */
export function asCommandError(error: StepwellError): CommandError {
  return new CommandError(
    exitCodeOf[error.code] ?? exitCodes.failed,
    error.code,
    error.message,
    error.advice === undefined ? [] : [error.advice],
  );
}
