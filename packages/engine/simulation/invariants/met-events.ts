// Events that a wait may be met by, from the tables: rows, and what follows from the ends of runs.

import type { WaitCondition } from "@stepwell/engine/testing";
import { encodeUlid, isEndEventName, sha1Bytes, systemEvents } from "@stepwell/protocol";
import type { Row } from "../watcher.ts";
import type { View } from "./invariant.ts";

export interface Candidate {
  readonly id: string;
  readonly seq: number;
  readonly receivedAt: number;
  readonly data: EventData;
  /** It came from a holder whose epoch had passed. */
  readonly isForeign: boolean;
}

export interface EventData {
  readonly key?: unknown;
  readonly n?: unknown;
  readonly function_id?: unknown;
}

/** Events of the name after a place, with those that no row tells of. */
export function candidatesOf(view: View, name: string, after: number): readonly Candidate[] {
  const stored = view.watcher
    .all("select seq, id, received_at, data from events where name = ? and seq > ? order by seq", name, after)
    .map((row) => ({
      id: String(row["id"]),
      seq: Number(row["seq"]),
      receivedAt: Number(row["received_at"]),
      data: JSON.parse(String(row["data"] ?? "{}")) as EventData,
      isForeign: view.ledger.foreign.has(String(row["id"])),
    }));
  if (!isEndEventName(name)) return stored;
  const told = new Set(stored.map(({ id }) => id));
  return [...stored, ...endsAfter(view, name, after).filter(({ id }) => !told.has(id))];
}

/** Whether an event fulfils the condition of a run that was started with `own`. */
export function fulfils({ sameKey, above, endOf }: WaitCondition, own: EventData, { data }: Candidate): boolean {
  if (sameKey === true && (own.key === undefined || own.key !== data.key)) return false;
  if (above !== undefined && !(typeof data.n === "number" && data.n > above)) return false;
  return endOf === undefined || data.function_id === endOf;
}

/** The id of the event that tells of a run's end. */
export function endEventId(name: string, runId: string, endedAt: number): string {
  if (name !== systemEvents.finished) return runId;
  return encodeUlid(endedAt as never, sha1Bytes(new TextEncoder().encode(`finished ${runId}`)).subarray(0, 10));
}

/** Runs that an end started tell nothing of their own, unless they handle a failure or were invoked; nor does one that was skipped. */
export function tellsItsEnd(view: View, run: Row): boolean {
  if (run["status"] === 5) return false;
  const slug = view.functionSlug(Number(run["function_id"]));
  if (slug.endsWith("-failure") || run["origin"] === "invoke") return true;
  const event = view.watcher.one("select name from events where seq = ?", Number(run["event_seq"]));
  return event !== undefined && !isEndEventName(String(event["name"]));
}

function endsAfter(view: View, name: string, after: number): readonly Candidate[] {
  const status = name === systemEvents.finished ? undefined : name === systemEvents.failed ? 3 : 4;
  return view.watcher
    .all("select seq, id, function_id, event_seq, ended_seq, ended_at, status, origin from runs where ended_seq > ?", after)
    .filter((run) => (status === undefined || run["status"] === status) && tellsItsEnd(view, run))
    .map((run) => ({
      id: endEventId(name, String(run["id"]), Number(run["ended_at"])),
      seq: Number(run["ended_seq"]),
      receivedAt: Number(run["ended_at"]),
      data: { function_id: view.functionSlug(Number(run["function_id"])) },
      isForeign: false,
    }));
}
