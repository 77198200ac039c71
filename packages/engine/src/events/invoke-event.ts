import { asJson, type EpochMs, type EventId, type InvokePayload, type JsonText, type RunId, systemEvents } from "@stepwell/protocol";
import type { EnvironmentId, EventRecord } from "@stepwell/store";

export interface InvokeFacts {
  readonly environmentId: EnvironmentId;
  readonly eventId: EventId;
  readonly now: EpochMs;
  readonly payload: InvokePayload;
  readonly target: string;
  /** Of the calling step; empty where a person or a program invokes. */
  readonly correlationId: string;
  readonly stepName: string;
  readonly expireAt?: EpochMs;
  readonly source?: { readonly appId: string; readonly functionId: string; readonly version: number; readonly runId: RunId };
  /** How many invokes lie between this one and a run that somebody's event started. */
  readonly depth: number;
}

/** The event that starts an invoked run; what the server itself needs to know of it stands under `_inngest`. */
export function invokeEvent(facts: InvokeFacts): EventRecord {
  const { payload, now } = facts;
  return {
    id: facts.eventId,
    environmentId: facts.environmentId,
    name: systemEvents.invoked,
    ts: (payload.ts ?? now) as EpochMs,
    receivedAt: now,
    data: dataOf(facts),
    ...(payload.id === undefined ? {} : { externalId: payload.id }),
    ...(payload.user === undefined ? {} : { user: asJson(payload.user) }),
    ...(payload.meta === undefined ? {} : { meta: asJson(payload.meta) }),
    ...(payload.v === undefined ? {} : { v: payload.v }),
  };
}

function dataOf(facts: InvokeFacts): JsonText {
  const { source } = facts;
  const about = {
    fn_id: facts.target,
    correlation_id: facts.correlationId,
    name: facts.stepName,
    depth: facts.depth,
    ...(facts.expireAt === undefined ? {} : { expire: facts.expireAt }),
    ...(source === undefined
      ? {}
      : { source_app_id: source.appId, source_fn_id: source.functionId, source_fn_v: source.version, source_run_id: source.runId }),
  };
  return asJson({ ...facts.payload.data, _inngest: about });
}

/** How deep an invoked run stands; 0 for a run that an ordinary event started. */
export function invokeDepthOf(event: EventRecord | undefined): number {
  if (event?.name !== systemEvents.invoked) return 0;
  const { _inngest: about } = JSON.parse(event.data) as { readonly _inngest?: { readonly depth?: unknown } };
  return typeof about?.depth === "number" ? about.depth : 0;
}
