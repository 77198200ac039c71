import { asJson, type EpochMs, epochMs, type JsonText, limits, parseTimeout, type RunId } from "@stepwell/protocol";
import { type CancelRule, type CollectRun, type EventRecord, type RunTimer, rankOfStart, type StartRun } from "@stepwell/store";
import { collectRun } from "../admission/collect-run.ts";
import { decideGates } from "../admission/decide-gates.ts";
import type { FunctionFlow } from "../admission/function-flow.ts";
import { laneOf } from "../admission/lane-of.ts";
import { matchOf } from "../expression/event-match.ts";
import type { FunctionEntry } from "../runs/run-in-hand.ts";

export interface StartParams {
  readonly runId: RunId;
  readonly now: EpochMs;
  readonly dueAt: EpochMs;
  /** When the event was accepted: the run's place among the starts of its lane. */
  readonly acceptedAt: EpochMs;
  readonly event: EventRecord;
  /** The event as expressions see it; made only when one asks for it. */
  readonly eventMap: () => unknown;
  readonly wantsLease: boolean;
  readonly externalId?: string | undefined;
  readonly origin?: string;
  /** It was let in before, when a debounce or a batch took its events. */
  readonly isLetIn?: boolean;
}

interface Gated {
  /** The event waits for others. */
  readonly collect?: CollectRun;
  readonly gates?: Pick<StartRun, "gates">;
  readonly priorityMs: number;
  readonly warnings: readonly string[];
}

const free: Gated = { priorityMs: 0, warnings: [] };

/** One run of one function, with everything it is born with. */
export function startRun(entry: FunctionEntry, params: StartParams): StartRun {
  const lane = laneOf(entry.flow, params.eventMap, params.now);
  const start: StartRun = {
    runId: params.runId,
    functionId: entry.record.id,
    laneKey: lane.key,
    rank: rankOfStart(params.acceptedAt),
    dueAt: params.dueAt,
    wantsLease: params.wantsLease,
    ...(params.externalId === undefined
      ? {}
      : { dedupe: { key: `event ${params.externalId}`, expiresAt: epochMs(params.now + limits.dedupeWindowMs) } }),
    ...(params.origin === undefined ? {} : { origin: params.origin }),
  };
  const { flow } = entry;
  if (entry.warnings === undefined && entry.cancelRules.length === 0 && entry.deadlines === undefined && flow === undefined) return start;
  const gated = flow === undefined ? free : gate(flow, params);
  // Of a run that is collected the rest is decided when it begins.
  if (gated.collect !== undefined) return { ...start, ...gated.gates, collect: gated.collect };
  const { rules, warnings } = rulesOf(entry, params);
  const timers = timersOf(entry, params.now);
  const said = warningsOf(entry, [...lane.warnings, ...warnings, ...gated.warnings]);
  return {
    ...start,
    ...gated.gates,
    // In memory runs wait in the order of their acceptance: where there is another order they all wait in the lane.
    ...(flow?.options.priority === undefined ? {} : { wantsLease: false }),
    ...(gated.priorityMs === 0 ? {} : { priorityMs: gated.priorityMs, rank: rankOfStart(params.acceptedAt, gated.priorityMs) }),
    ...(rules.length === 0 ? {} : { cancelRules: rules }),
    ...(timers.length === 0 ? {} : { timers }),
    ...(said === undefined ? {} : { warnings: said }),
  };
}

/** What an event passes when it comes is not asked again when what was collected begins; a batch counts no event. */
function gate(flow: FunctionFlow, params: StartParams): Gated {
  const { now, eventMap, event, origin } = params;
  const wasLetIn = params.isLetIn === true || origin === "rerun";
  const { collect, problems } = collectRun(flow, { event, eventMap, now, origin });
  const isLetIn = wasLetIn || collect?.kind === "batch";
  const isCollected = collect !== undefined && !wasLetIn;
  const { gates, priorityMs, warnings } = decideGates(flow, { now, eventMap, isLetIn, isCollected });
  return {
    ...(isCollected ? { collect } : {}),
    ...(gates === undefined ? {} : { gates: { gates } }),
    priorityMs,
    warnings: [...problems, ...warnings],
  };
}

/** A rule that can never hold for this event is not made, and the run says why. */
function rulesOf(
  entry: FunctionEntry,
  params: StartParams,
): { readonly rules: readonly CancelRule[]; readonly warnings: readonly string[] } {
  const rules: CancelRule[] = [];
  const warnings: string[] = [];
  for (const { event, condition, timeout } of entry.cancelRules) {
    const result = matchOf(event, condition, params.eventMap);
    if (result.kind === "invalid") warnings.push(`cancelOn "${event}": ${result.message}`);
    else if (result.warning !== undefined) warnings.push(`cancelOn: ${result.warning}`);
    else rules.push({ ...result.match, dueAt: ruleEnd(timeout, params.now) });
  }
  return { rules, warnings };
}

function ruleEnd(timeout: string | undefined, now: EpochMs): EpochMs {
  return (timeout === undefined ? undefined : parseTimeout(timeout, now)) ?? epochMs(now + limits.waitMsDefault);
}

function timersOf(entry: FunctionEntry, now: EpochMs): readonly RunTimer[] {
  const { startMs, finishMs } = entry.deadlines ?? {};
  return [
    ...(startMs === undefined ? [] : [{ kind: "start_deadline", dueAt: epochMs(now + startMs) } as const]),
    // Counted from the first call: at this time it is looked at, and set anew for what is left.
    ...(finishMs === undefined ? [] : [{ kind: "finish_deadline", dueAt: epochMs(now + finishMs) } as const]),
  ];
}

function warningsOf(entry: FunctionEntry, more: readonly string[]): JsonText | undefined {
  if (more.length === 0) return entry.warnings;
  return asJson([...(entry.warnings === undefined ? [] : (JSON.parse(entry.warnings) as readonly string[])), ...more]);
}
