import { type Gate, type LimitRule, type QueuePlace, ruleName } from "@stepwell/store";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import { keyLabel } from "./key-label.ts";
import type { GateHolder, GateKey, Place, RunGate } from "./run-explanation.ts";
import type { RunFacts, SeenRun } from "./run-facts.ts";
import { runKeys } from "./run-keys.ts";

/** What an item of a lane must pass, as the store tells it, with the words of the function's configuration. */
export function laneGates(facts: RunFacts, queued: QueuePlace): readonly RunGate[] {
  const hasRule = facts.entry?.flow?.options.circuitBreaker !== undefined;
  const isHeld = queued.gates.some(({ kind }) => kind === "hold");
  const isReady = queued.state === "ready";
  const gates = queued.gates.map((gate) =>
    gateOf(gate, facts, gate.isShut && isReady ? { place: placeOf(gate.line ?? queued, facts.aheadMax) } : {}),
  );
  // A breaker that is closed has no place in the store.
  return hasRule && !isHeld ? [breakerGate(facts, true), ...gates] : gates;
}

export function placeOf({ ahead, first }: Pick<QueuePlace, "ahead" | "first">, aheadMax: number): Place {
  return { position: ahead + 1, isAtLeast: ahead >= aheadMax, queue: first };
}

/** With what it has counted, where it has counted anything. */
function breakerGate({ run, entry, breaker }: RunFacts, ok: boolean): RunGate {
  const key = runKeys(run, entry).find(({ option }) => option === "circuitBreaker");
  const { id, status = "closed", reason, since, until, calls, failures } = breaker ?? {};
  return {
    ...{ gate: "breaker", ok, status, scope: "fn" },
    ...(key === undefined ? {} : { key: key.key, label: key.label }),
    ...(key?.keyExpr === undefined ? {} : { keyExpr: key.keyExpr }),
    ...(id === undefined ? {} : { breakerId: id }),
    ...(reason === undefined ? {} : { reason }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined || status !== "open" ? {} : { until }),
    ...(calls === undefined ? {} : { calls }),
    ...(failures === undefined ? {} : { failures }),
  };
}

function gateOf(
  { kind, isShut, rule, used, owners, value, opensAt }: Gate,
  facts: RunFacts,
  standing: { readonly place?: Place },
): RunGate {
  const ok = !isShut;
  const until = opensAt === undefined ? {} : { until: opensAt };
  if (kind === "hold" || rule === undefined) return breakerGate(facts, ok);
  const key = gateKey(facts.entry, rule, value);
  if (rule.kind === "throttle") {
    const { limit, periodMs, burst } = rule;
    return { gate: "throttle", ok, ...key, limit, periodMs, burst, ...until, ...standing };
  }
  const holders = owners
    .slice(0, facts.owners.size)
    .map((runId): GateHolder => ({ runId, ...holderOf(facts.owners.get(runId), rule.kind, facts.now) }));
  return { gate: "concurrency", ok, level: rule.kind, ...key, limit: rule.limit, inUse: used, holders, ...standing };
}

/** The expression is not in the store's rule, which knows its hash alone. */
function gateKey(entry: FunctionEntry | undefined, rule: LimitRule, value: string): GateKey {
  if (rule.key === "") return { scope: rule.scope };
  const name = ruleName(rule);
  const keyExpr = entry?.flow?.rules.find((each) => each.name === name)?.key;
  return { scope: rule.scope, key: value, ...(keyExpr === undefined ? {} : { keyExpr }), label: keyLabel(keyExpr, value) };
}

/** A slot of a run counts from its first call, one of a step from the call that is under way. */
function holderOf(seen: SeenRun | undefined, kind: "step" | "run", now: number): Partial<GateHolder> {
  if (seen === undefined) return {};
  const { run, phase, heldSince } = seen;
  const since = kind === "run" ? run.startedAt : heldSince;
  const text = phase.reason?.text ?? (phase.status === "running" ? "is being called" : undefined);
  return {
    functionSlug: run.functionSlug,
    status: phase.status,
    ...(text === undefined ? {} : { text }),
    ...(since === undefined ? {} : { forMs: Math.max(0, now - since) }),
  };
}
