import type { Op } from "@stepwell/protocol";
import type { OpDecision } from "./op-context.ts";

/** Deferred runs do not exist yet. The protocol has a server take both ops without acting on them; the run tells who wonders. */
export function handleDefer({ kind }: Extract<Op, { kind: "DeferAdd" | "DeferAbort" }>): OpDecision {
  return { effects: [], means: { kind: "nothing" }, warning: deferWarning(kind) };
}

export function deferWarning(kind: "DeferAdd" | "DeferAbort"): string {
  const what = kind === "DeferAdd" ? "no deferred run will start" : "there is no deferred run to give up";
  return `${kind} has no effect: this server does not support deferred runs yet, so ${what}; start the function with step.sendEvent or step.invoke`;
}
