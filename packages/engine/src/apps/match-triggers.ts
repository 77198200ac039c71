import type { EventOutcome } from "@stepwell/store";
import { evaluateCondition } from "../expression/evaluate.ts";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import type { Registry } from "./registry.ts";

export interface Matches {
  readonly entries: readonly FunctionEntry[];
  /** Functions whose condition could not be computed for this event: they do not start, and say why. */
  readonly outcomes: readonly EventOutcome[];
}

const nothing: Matches = { entries: [], outcomes: [] };

/**
 * The functions an event starts, each once however many of its triggers match.
 *
 * @param eventMap - The event as expressions see it; made only when a condition asks for it.
 */
export function matchTriggers(registry: Registry, eventName: string, eventMap: () => unknown, now: number): Matches {
  const candidates = registry.triggersFor(eventName);
  if (candidates.length === 0) return nothing;
  const [only] = candidates;
  if (candidates.length === 1 && only !== undefined && only.trigger.condition === undefined)
    return { entries: [only.entry], outcomes: nothing.outcomes };
  const started = new Set<FunctionEntry>();
  const errors = new Map<FunctionEntry, string>();
  let map: unknown;
  for (const { entry, trigger } of candidates) {
    if (started.has(entry)) continue;
    if (trigger.condition === undefined) {
      started.add(entry);
      continue;
    }
    map ??= eventMap();
    const result = evaluateCondition(trigger.condition, { event: map, now });
    if (result.kind === "error") errors.set(entry, `${trigger.source}: ${result.message}`);
    else if (result.value) started.add(entry);
  }
  const outcomes = [...errors]
    .filter(([entry]) => !started.has(entry))
    .map(([entry, detail]) => ({ functionId: entry.record.id, kind: "expression_error", detail }) as const);
  return { entries: [...started], outcomes };
}
