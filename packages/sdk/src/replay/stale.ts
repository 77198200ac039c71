import type { Reply } from "@stepwell/protocol";

/** A later call goes on with the run; whatever this one would say is turned away. */
export function stale(): Reply {
  const message = "a later call of this run is under way, or the run has ended; this one stops";
  return { kind: "error", code: "stale_checkpoint", error: { name: "StaleDispatchError", message }, noRetry: true, status: 400 };
}
