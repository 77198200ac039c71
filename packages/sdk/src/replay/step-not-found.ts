import type { Reply } from "@stepwell/protocol";

interface Named {
  readonly hashed: string;
  readonly call: { readonly id: string };
}

const shownMax = 25;

/** The code that was called does not come to the step that it was called for. */
export function stepNotFound(target: string | undefined, found: readonly Named[], why: string): Reply {
  const shown = found.slice(0, shownMax).map(({ call }) => `"${call.id}"`);
  const instead =
    shown.length === 0 ? "It came to no new step." : `It came to ${shown.join(", ")}${found.length > shownMax ? ", …" : ""} instead.`;
  const message = `Could not find step ${target}: ${why}. ${instead} A step that was renamed or removed while runs are in flight is not found.`;
  return { kind: "error", code: "step_not_found", error: { name: "StepNotFoundError", message }, noRetry: false, status: 500 };
}
