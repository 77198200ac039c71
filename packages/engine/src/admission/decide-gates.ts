// What one start of a function has to pass, decided from the event; the store asks it in the unit that would make the run.

import type { EpochMs } from "@stepwell/protocol";
import type { StartGates } from "@stepwell/store";
import { decideIdempotency } from "./decide-idempotency.ts";
import { decideRateLimit } from "./decide-rate-limit.ts";
import type { FunctionFlow } from "./function-flow.ts";

export interface StartFacts {
  readonly now: EpochMs;
  /** Canonical map of the event. */
  readonly eventMap: () => unknown;
  /** The start was let in before: a rerun, or what a debounce or a batch has collected. */
  readonly isLetIn: boolean;
}

export interface GatesDecision {
  readonly gates?: StartGates;
  readonly warnings: readonly string[];
}

export function decideGates(flow: FunctionFlow, { now, eventMap, isLetIn }: StartFacts): GatesDecision {
  // What a batch collects is neither dropped nor counted event by event.
  if (isLetIn || flow.options.batchEvents !== undefined) return { warnings: [] };
  const idempotency = decideIdempotency(flow, eventMap, now);
  const rateLimit = decideRateLimit(flow, eventMap, now);
  const warnings = [idempotency, rateLimit].flatMap(({ warning }) => (warning === undefined ? [] : [warning]));
  if (idempotency.gate === undefined && rateLimit.gate === undefined) return { warnings };
  return {
    gates: {
      ...(idempotency.gate === undefined ? {} : { idempotency: idempotency.gate }),
      ...(rateLimit.gate === undefined ? {} : { rateLimit: rateLimit.gate }),
    },
    warnings,
  };
}
