// What becomes of failures, and of values that JSON does not hold as they are, and how a step sends events. Most calls have none of
// it, so this is loaded with the first that has.

import { sendOfStep } from "../step/send-of-step.ts";
import { encodeRichOutput, encodeRichResult } from "./encode-rich.ts";
import { failedOp } from "./failed-op.ts";
import { functionError } from "./function-error.ts";
import { nextAttempt } from "./next-attempt.ts";
import { reviveTypes } from "./rich-types.ts";

export const rareParts = { encodeRichOutput, encodeRichResult, failedOp, functionError, nextAttempt, reviveTypes, sendOfStep };

export type RareParts = typeof rareParts;
