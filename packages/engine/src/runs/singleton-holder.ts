import type { RunId } from "@stepwell/protocol";

const reason = /^singleton (.+)$/;

/** Of the reason that a skipped or cancelled run has: the run that had, or has taken, its singleton. */
export function singletonHolderOf(cancelReason: string | undefined): RunId | undefined {
  return reason.exec(cancelReason ?? "")?.[1] as RunId | undefined;
}
