import { type EpochMs, eventMapJson, type RunId } from "@stepwell/protocol";
import type { AcceptedEvent, EventRecord } from "@stepwell/store";
import { matchTriggers } from "../apps/match-triggers.ts";
import type { Registry } from "../apps/registry.ts";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import { newId, type Random } from "../seams/random.ts";

export interface InvokeListenersContext {
  readonly registry: Registry;
  readonly random: Random;
  readonly now: EpochMs;
}

/** What an invoke's event brings about beside the run that is asked for. */
export type InvokeListeners = Pick<AcceptedEvent, "outcomes" | "rest">;

const nobody: InvokeListeners = { outcomes: [] };

/**
 * The functions that have a trigger on invokes. The invoked one starts once, whatever its triggers are. The others are
 * started by a cursor of the same commit: a step that invokes does not wait for their rows.
 */
export function invokeListeners(event: EventRecord, target: FunctionEntry, context: InvokeListenersContext): InvokeListeners {
  const { registry, random, now } = context;
  if (registry.triggersFor(event.name).length === 0) return nobody;
  const matches = matchTriggers(registry, event.name, () => JSON.parse(eventMapJson({ ...event, id: event.externalId ?? event.id })), now);
  const targetId = target.record.id;
  const others = matches.entries.filter(({ record }) => record.id !== targetId);
  const outcomes = matches.outcomes.filter(({ functionId }) => functionId !== targetId);
  if (others.length === 0) return { outcomes };
  return { outcomes, rest: others.map(({ record }) => ({ functionId: record.id, runId: newId<RunId>(now, random), dueAt: now })) };
}
