import type { OpDecision } from "./op-context.ts";

/** What a person calls the step tools whose ops this server does not carry out yet. */
const toolOf: Readonly<Record<string, string>> = {
  Gateway: "step.fetch",
  AIGateway: "step.ai.infer",
  SyncRunComplete: "a durable endpoint",
};

/** An op that cannot be carried out ends the run at once with its name: trying again would bring the same. */
export function refuseOp(op: { readonly kind: string; readonly name: string }): OpDecision {
  const tool = toolOf[op.kind] ?? op.kind;
  const message = `step "${op.name}" uses ${tool} (op ${op.kind}), which this server does not carry out; replace it with step.run, or stay on the server you came from`;
  return { effects: [], means: { kind: "fail", code: "op_not_supported", error: { name: "OpNotSupported", message } } };
}
