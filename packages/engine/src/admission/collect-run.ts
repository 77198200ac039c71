// Whether an event waits for others before its function runs: a debounce keeps the last one, a batch takes many.

import { type EpochMs, limits } from "@stepwell/protocol";
import type { CollectRun, EventRecord } from "@stepwell/store";
import { evaluateCondition } from "../expression/evaluate.ts";
import { expressionOf, type FunctionFlow, flowKey } from "./function-flow.ts";

export interface CollectFacts {
  readonly event: EventRecord;
  /** The event as expressions see it. */
  readonly eventMap: () => unknown;
  readonly now: EpochMs;
  /** What makes the run, where it is not an event that somebody sent. */
  readonly origin: string | undefined;
}

export interface Collecting {
  /** Absent: the event starts a run of its own, at once. */
  readonly collect?: CollectRun;
  /** What the run has to say of expressions that failed. */
  readonly problems: readonly string[];
}

const runsAlone: Collecting = { problems: [] };

/** A rerun has its events already, and the ticks of a schedule are no part of a batch. */
export function collectRun(flow: FunctionFlow, facts: CollectFacts): Collecting {
  const { batchEvents, debounce } = flow.options;
  if (facts.origin === "rerun") return runsAlone;
  if (batchEvents !== undefined) return facts.origin === "schedule" ? runsAlone : batch(flow, batchEvents, facts);
  return debounce === undefined ? runsAlone : debounced(flow, debounce, facts);
}

function debounced(flow: FunctionFlow, option: NonNullable<FunctionFlow["options"]["debounce"]>, facts: CollectFacts): Collecting {
  const { periodMs, timeoutMs } = option;
  const { key, problems } = keyOf(flow, "debounce.key", option.key, facts);
  const cap = timeoutMs === undefined ? {} : { timeoutMs };
  return { collect: { kind: "debounce", key, periodMs, ...cap, ts: facts.event.ts }, problems };
}

function batch(flow: FunctionFlow, option: NonNullable<FunctionFlow["options"]["batchEvents"]>, facts: CollectFacts): Collecting {
  const { eventMap, now, event } = facts;
  if (option.if !== undefined) {
    const condition = evaluateCondition(expressionOf(flow, option.if), { event: eventMap(), now });
    if (condition.kind === "error") return { problems: [`batchEvents.if: ${condition.message}; the event runs alone`] };
    if (!condition.value) return runsAlone;
  }
  const { key, problems } = keyOf(flow, "batchEvents.key", option.key, facts);
  const { maxSize: sizeMax, timeoutMs } = option;
  return { collect: { kind: "batch", key, timeoutMs, sizeMax, bytesMax: limits.batchBytesMax, bytes: bytesOf(event) }, problems };
}

function keyOf(flow: FunctionFlow, option: string, source: string | undefined, { eventMap, now }: CollectFacts) {
  const { value, problem } = flowKey(flow, source, eventMap, now);
  return { key: value, problems: problem === undefined ? [] : [`${option}: ${problem}`] };
}

function bytesOf({ data, user, meta }: EventRecord): number {
  return [data, user, meta].reduce((sum, text) => sum + (text === undefined ? 0 : Buffer.byteLength(text)), 0);
}
