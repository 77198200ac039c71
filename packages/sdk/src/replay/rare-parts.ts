// What becomes of failures, and of values that JSON does not hold as they are. Most calls have neither, so this is loaded with the
// first that has.

import { encodeRichOutput, encodeRichResult } from "./encode-rich.ts";
import { failedOp } from "./failed-op.ts";
import { functionError } from "./function-error.ts";
import { nextAttempt } from "./next-attempt.ts";
import { reviveTypes } from "./rich-types.ts";

export const rareParts = { encodeRichOutput, encodeRichResult, failedOp, functionError, nextAttempt, reviveTypes };

export type RareParts = typeof rareParts;
