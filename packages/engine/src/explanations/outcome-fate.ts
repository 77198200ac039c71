import { type EventId, type RunId, readRateLimitedDetail } from "@stepwell/protocol";
import type { OutcomeReport, PendingReport } from "@stepwell/store";
import type { FateFacts } from "./event-explanation.ts";
import type { EventFacts } from "./event-facts.ts";
import { keyLabel } from "./key-label.ts";
import type { SeenRun } from "./run-facts.ts";

/** What an outcome that was recorded means. */
export function outcomeFate({ kind, detail, functionId }: OutcomeReport, facts: EventFacts): FateFacts {
  const options = facts.entryOf(functionId)?.flow?.options;
  switch (kind) {
    case "batched":
      return batched(detail as RunId, facts.named.get(detail as RunId));
    case "debounced":
      return debounced(detail as RunId, facts.named.get(detail as RunId));
    case "duplicate":
      return duplicate(detail as RunId, options?.idempotency, facts);
    case "rate_limited":
      return detail === undefined ? { outcome: "not_started" } : limited(detail, options?.rateLimit?.key);
    case "expression_error":
      return { outcome: "error", error: detail ?? "" };
    case "expression_false":
      return { outcome: "not_matched", expression: detail ?? "", read: {} };
    default:
      return { outcome: kind, ...(detail === undefined ? {} : { detail }) };
  }
}

function batched(runId: RunId, named: SeenRun | PendingReport | undefined): FateFacts {
  if (named === undefined) return { outcome: "batched", runId };
  if ("joins" in named) return { outcome: "batched", runId, runStatus: "collecting", events: named.joins, until: named.dueAt };
  return { outcome: "batched", runId, runStatus: named.phase.status, events: named.run.eventCount };
}

function debounced(runId: RunId, named: SeenRun | PendingReport | undefined): FateFacts {
  if (named === undefined) return { outcome: "debounced", runId };
  const wonBy = named === undefined ? undefined : "joins" in named ? named.eventId : named.run.eventId;
  const won = wonBy === undefined ? {} : { wonBy: wonBy as EventId };
  if ("joins" in named) return { outcome: "debounced", runId, runStatus: "collecting", ...won, until: named.dueAt };
  return { outcome: "debounced", runId, runStatus: named.phase.status, ...won };
}

/** Which of the two it was is not recorded; often only one is possible. */
function duplicate(runId: RunId, keyExpr: string | undefined, { event, named }: EventFacts): FateFacts {
  const by = keyExpr === undefined ? "event_id" : event.externalId === undefined ? "idempotency" : "either";
  const first = named.get(runId);
  return {
    ...{ outcome: "duplicate", runId, by },
    ...(keyExpr === undefined ? {} : { keyExpr }),
    ...(first === undefined ? {} : { runStatus: "joins" in first ? ("collecting" as const) : first.phase.status }),
  };
}

function limited(detail: string, keyExpr: string | undefined): FateFacts {
  const { key, nextAt } = readRateLimitedDetail(detail);
  if (key === "") return { outcome: "rate_limited", nextAt };
  return { outcome: "rate_limited", key, label: keyLabel(keyExpr, key), nextAt, ...(keyExpr === undefined ? {} : { keyExpr }) };
}
