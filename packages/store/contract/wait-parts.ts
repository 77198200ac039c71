// Short ways to write what a step waits for; a case names only what it is about.

import type { JsonText } from "@stepwell/protocol";
import type {
  AcceptedEvent,
  BeginWait,
  EventMatch,
  Mark,
  ResolveWaitUnit,
  SignalUnit,
  Store,
  StoredEvent,
  WaitRecord,
} from "@stepwell/store";
import { at, stepId, t0 } from "./parts.ts";

type Common = Partial<Pick<BeginWait, "dueAt" | "race" | "wake" | "name">>;

function waitOf(name: string, op: BeginWait["op"], parts: Common, waitsFor: BeginWait["waitsFor"]): BeginWait {
  const { dueAt = at(60_000), race = false, wake = "group" } = parts;
  return { kind: "begin_wait", stepId: stepId(name), op, name: parts.name ?? name, race, wake, startedAt: t0, dueAt, waitsFor };
}

export function waitForEvent(
  name: string,
  since: Mark,
  parts: Common & Partial<EventMatch> & { lookBackFrom?: typeof t0; cutsLookBack?: boolean } = {},
): BeginWait {
  const { eventName = "shop/paid", term, expression, bindings, lookBackFrom, cutsLookBack } = parts;
  return waitOf(name, "WaitForEvent", parts, {
    kind: "event",
    since,
    eventName,
    ...(term === undefined ? {} : { term }),
    ...(expression === undefined ? {} : { expression }),
    ...(bindings === undefined ? {} : { bindings }),
    ...(lookBackFrom === undefined ? {} : { lookBackFrom }),
    ...(cutsLookBack === undefined ? {} : { cutsLookBack }),
  });
}

export const conflictMemo = '{"error":{"name":"SignalConflictError"}}' as JsonText;
/** What a step ends with whose child does not start, by the reason. */
export const notStartedMemos = {
  duplicate: '{"error":{"name":"Duplicate"}}' as JsonText,
  rate_limited: '{"error":{"name":"RateLimited"}}' as JsonText,
  skipped: '{"error":{"name":"Skipped"}}' as JsonText,
};

export function waitForSignal(name: string, signal: string, parts: Common & { readonly onConflict?: "fail" | "replace" } = {}): BeginWait {
  return waitOf(name, "WaitForSignal", parts, { kind: "signal", signal, onConflict: parts.onConflict ?? "fail", conflictMemo });
}

export function invoke(name: string, child: AcceptedEvent, parts: Common & { readonly cancelsChild?: boolean } = {}): BeginWait {
  const { cancelsChild = false } = parts;
  return waitOf(name, "InvokeFunction", parts, { kind: "invoke", child, cancelsChild, notStartedMemos });
}

export const refusedMemo = '{"error":{"name":"Refused"}}' as JsonText;

export function refused(name: string, parts: Common = {}): BeginWait {
  return waitOf(name, "InvokeFunction", parts, { kind: "refused", memo: refusedMemo });
}

export function metBy(wait: WaitRecord, event: StoredEvent): ResolveWaitUnit {
  return { kind: "resolve_wait", waitSeq: wait.seq, endedAt: t0, result: { kind: "event", eventSeq: event.seq, eventId: event.id } };
}

export function endedWith(wait: Pick<WaitRecord, "seq">, memo = "null", failed = false): ResolveWaitUnit {
  return { kind: "resolve_wait", waitSeq: wait.seq, endedAt: t0, result: { kind: "memo", memo: memo as JsonText, failed } };
}

export function signalOf(store: Store, signal: string, data: string, keptUntil = at(86_400_000)): SignalUnit {
  return { kind: "signal", environmentId: store.environmentId, signal, data: data as JsonText, endedAt: t0, keptUntil };
}
