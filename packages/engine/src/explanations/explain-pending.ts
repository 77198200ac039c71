import type { EpochMs } from "@stepwell/protocol";
import type { PendingReport } from "@stepwell/store";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import { gateText } from "./gate-text.ts";
import { keyLabel } from "./key-label.ts";
import type { RunExplanation, RunGate } from "./run-explanation.ts";

/** Of a run that does not exist yet, because its events are still being collected. */
export function explainPending(pending: PendingReport, entry: FunctionEntry | undefined, now: EpochMs): RunExplanation {
  const { runId, functionSlug, kind, key, openedAt, dueAt, hardDueAt, joins, eventId } = pending;
  const option = kind === "batch" ? entry?.flow?.options.batchEvents : entry?.flow?.options.debounce;
  const gate: RunGate = {
    ...{ gate: "collect", ok: false, kind, scope: "fn", since: openedAt, until: dueAt, events: joins },
    ...(key === "" ? {} : { key, label: keyLabel(option?.key, key) }),
    ...(option?.key === undefined ? {} : { keyExpr: option.key }),
    ...(hardDueAt === undefined ? {} : { cap: hardDueAt }),
    ...(option !== undefined && "maxSize" in option ? { eventsMax: option.maxSize } : {}),
    ...(eventId === undefined ? {} : { eventId }),
  };
  const { text, until } = gateText(gate, now);
  return {
    ...{ runId, functionSlug, functionName: entry?.record.name ?? functionSlug },
    ...{ state: "collecting", since: openedAt, gates: [{ ...gate, text }], advice: [] },
    headline: { code: kind, text, ...(until === undefined ? {} : { until }) },
  };
}
