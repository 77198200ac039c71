import type { Advice, RunGate } from "./run-explanation.ts";
import type { RunFacts } from "./run-facts.ts";

/** What somebody could look at or do. */
export function runAdvice(facts: RunFacts, gates: readonly RunGate[]): readonly Advice[] {
  return gates.flatMap((gate) => adviceOf(gate, facts));
}

function adviceOf(gate: RunGate, { children, entry }: RunFacts): readonly Advice[] {
  switch (gate.gate) {
    case "function_active":
      return gate.ok ? [] : [{ code: "function_gone", text: `Register ${entry?.record.slug ?? "the function"} again, or cancel the run` }];
    case "app_reachable":
      return gate.ok ? [] : [{ code: "app_unreachable", text: `See that the app answers: ${gate.error ?? ""}` }];
    case "concurrency":
      return gate.ok ? [] : [...keyAdvice(gate), ...holderAdvice(gate)];
    case "breaker":
      return gate.ok || gate.breakerId === undefined ? [] : [{ code: "breaker_open", text: breakerText(gate.reason, gate.breakerId) }];
    case "throttle":
      return gate.ok ? [] : keyAdvice(gate);
    case "wait": {
      const child = gate.child === undefined ? undefined : children.get(gate.child.runId);
      if (child === undefined || child.phase.status === "running") return [];
      return [{ code: "child_queued", text: `The run it waits for is ${child.phase.status}: ask why of that one`, runId: child.run.id }];
    }
    default:
      return [];
  }
}

function breakerText(reason: "failures" | "back_pressure" | undefined, id: string): string {
  const see = reason === "back_pressure" ? "The app asked for the pause" : "See why the calls fail";
  return `${see}; \`stepwell breakers reset ${id}\` closes the breaker at once`;
}

type KeyedGate = Extract<RunGate, { gate: "concurrency" | "throttle" }>;

/** All events whose key leads nowhere share one. */
function keyAdvice({ key, keyExpr }: KeyedGate): readonly Advice[] {
  if (key !== "false" || keyExpr === undefined) return [];
  return [{ code: "key_missing", text: `The event has no ${keyExpr}: all such runs share one key` }];
}

function holderAdvice({ level, holders }: Extract<RunGate, { gate: "concurrency" }>): readonly Advice[] {
  if (level !== "run") return [];
  return holders.flatMap(({ runId, status, text }) =>
    status === "waiting" || status === "retrying"
      ? [
          {
            code: "holder_waiting",
            text: `Run ${runId} keeps its slot meanwhile, as runs do from the first call to the end: it ${text ?? "waits"}`,
            runId,
          },
        ]
      : [],
  );
}
