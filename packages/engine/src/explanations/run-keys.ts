import { breakerConstraint, constraintsOf, type LimitRule, type RunReport } from "@stepwell/store";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import { keyLabel } from "./key-label.ts";

/** A key that a run that is alive has, as its event gave it. */
export interface RunKey {
  readonly option: "concurrency" | "throttle" | "circuitBreaker";
  readonly scope: LimitRule["scope"];
  readonly key: string;
  /** Absent: the function has another expression by now, and the key limits nothing. */
  readonly keyExpr?: string;
  /** As a person reads it, e.g. `tenant=42`. */
  readonly label: string;
}

export function runKeys({ laneKey = "" }: RunReport, entry: FunctionEntry | undefined): readonly RunKey[] {
  const [breaker] = breakerConstraint("");
  return constraintsOf(laneKey).map(([name, key]): RunKey => {
    const rule = entry?.flow?.rules.find((each) => each.name === name);
    const keyExpr = name === breaker ? entry?.flow?.options.circuitBreaker?.key : rule?.key;
    return {
      option: name === breaker ? "circuitBreaker" : name.startsWith("throttle ") ? "throttle" : "concurrency",
      scope: rule?.rule.scope ?? "fn",
      key,
      ...(keyExpr === undefined ? {} : { keyExpr }),
      label: keyLabel(keyExpr, key),
    };
  });
}
