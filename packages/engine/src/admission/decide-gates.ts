// What gates one start of a function, decided from the event; the store asks it in the unit that would make the run.

import type { EpochMs } from "@stepwell/protocol";
import type { StartGates } from "@stepwell/store";
import { decideIdempotency } from "./decide-idempotency.ts";
import { decidePriority } from "./decide-priority.ts";
import { decideRateLimit } from "./decide-rate-limit.ts";
import { decideSingleton } from "./decide-singleton.ts";
import type { FunctionFlow } from "./function-flow.ts";

export interface StartFacts {
  readonly now: EpochMs;
  /** Canonical map of the event. */
  readonly eventMap: () => unknown;
  /** Nothing is asked: of a rerun, of what was collected and begins now, and of what a batch collects, event by event. */
  readonly isLetIn: boolean;
  /** It begins later, with the events of others maybe: who has its singleton is asked then. */
  readonly isCollected: boolean;
}

export interface GatesDecision {
  readonly gates?: StartGates;
  readonly priorityMs: number;
  /** Expressions that failed. */
  readonly warnings: readonly string[];
}

const ungated: GatesDecision = { priorityMs: 0, warnings: [] };

export function decideGates(flow: FunctionFlow, { now, eventMap, isLetIn, isCollected }: StartFacts): GatesDecision {
  const { options } = flow;
  if ((options.priority ?? options.idempotency ?? options.rateLimit ?? options.singleton) === undefined) return ungated;
  const priority = decidePriority(flow, eventMap, now);
  const idempotency = isLetIn ? undefined : decideIdempotency(flow, eventMap, now);
  const rateLimit = isLetIn ? undefined : decideRateLimit(flow, eventMap, now);
  const singleton = isCollected ? undefined : decideSingleton(flow, eventMap, now);
  const gates = {
    ...(idempotency?.gate === undefined ? {} : { idempotency: idempotency.gate }),
    ...(rateLimit?.gate === undefined ? {} : { rateLimit: rateLimit.gate }),
    ...(singleton?.gate === undefined ? {} : { singleton: singleton.gate }),
  };
  return {
    ...(Object.keys(gates).length === 0 ? {} : { gates }),
    priorityMs: priority.gate,
    warnings: [idempotency, rateLimit, singleton, priority].flatMap((each) => (each?.warning === undefined ? [] : [each.warning])),
  };
}
