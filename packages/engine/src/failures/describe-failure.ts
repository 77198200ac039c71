// What tells one kind of failure from another: runs whose facts are the same stand in one group. Pure.

import { asJson, limits, type RunErrorValue, sha1Hex } from "@stepwell/protocol";
import type { FailureFacts } from "@stepwell/store";
import { type FailedSteps, failingStep } from "./failing-step.ts";
import { messageTemplate } from "./message-template.ts";
import { topFrame } from "./top-frame.ts";

/** Half of the digits of its hash: 64 bits, for a few thousand groups. */
const fingerprintLength = 16;

/** What SDKs call the error of a step that a function did not catch. */
const stepErrors: ReadonlySet<string> = new Set(["StepError", "Error"]);

/** The facts of a failure. The fingerprint is a hash of the others and of the function, so it is the same everywhere. */
export function describeFailure(slug: string, error: RunErrorValue, run: FailedSteps): FailureFacts {
  const step = failingStep(run, error);
  const ownName = step?.isWhole === true && stepErrors.has(error.name) ? (step.errorName ?? error.name) : error.name;
  const name = messageTemplate(ownName).slice(0, limits.failureNameLengthMax);
  const template = messageTemplate(error.message);
  const stepName = step === undefined ? undefined : messageTemplate(step.name).slice(0, limits.failureNameLengthMax);
  const frame = frameOf(step?.stack) ?? frameOf(error.stack);
  const fingerprint = sha1Hex(asJson([slug, name, template, stepName ?? null, frame ?? null])).slice(0, fingerprintLength);
  return {
    ...{ fingerprint, name, template },
    ...(stepName === undefined ? {} : { stepName }),
    ...(frame === undefined ? {} : { frame }),
  };
}

function frameOf(stack: string | undefined): string | undefined {
  return stack === undefined || stack === "" ? undefined : topFrame(stack);
}
