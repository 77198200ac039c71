import type { OpDecision } from "./op-context.ts";

/** What the op asks for can never be done: trying again would bring the same, so the run fails with the reason. */
export function failRun(code: string, name: string, message: string): OpDecision {
  return { effects: [], means: { kind: "fail", code, error: { name, message } } };
}
