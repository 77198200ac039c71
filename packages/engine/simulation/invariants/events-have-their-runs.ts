import { type EventId, limits } from "@stepwell/protocol";
import { collects, type MemberLimits, mayCollect, outcomesOf } from "../draw-limits.ts";
import type { SentEvent } from "../ledger.ts";
import type { Row } from "../watcher.ts";
import type { Invariant, View } from "./invariant.ts";

/** A jump of the clock, and a store that is slow, may lie between the decision and its commit. */
const edgeMs = 2 * 3_600_000;

export const eventsHaveTheirRuns: Invariant = {
  name: "I1 an accepted event is stored, and each function it matches has one run, or a recorded reason for none, or a cursor",
  check(view) {
    for (const id of view.ledger.unchecked) {
      const sent = view.ledger.accepted.get(id);
      const wrong = sent === undefined ? undefined : whatIsWrong(view, id, sent);
      if (wrong !== undefined) return `event ${id} (${sent?.name}) ${wrong}`;
    }
    for (const seq of view.changes.events) {
      const wrong = whatWasLost(view, seq);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  },
};

function whatIsWrong(view: View, id: EventId, sent: SentEvent): string | undefined {
  const { watcher, ledger } = view;
  const event = watcher.one("select seq, received_at from events where id = ?", id);
  if (event === undefined) return "was accepted and is not stored";
  const seq = Number(event["seq"]);
  const hasCursor = watcher.one("select 1 from cursors where event_seq = ?", seq) !== undefined;
  if (!hasCursor) ledger.unchecked.delete(id);
  const runs = bySlug(view, watcher.all("select id, function_id from runs where seq > ? and event_seq = ?", seq, seq));
  const reasons = bySlug(view, watcher.all("select function_id, kind, detail from event_outcomes where event_seq = ?", seq));
  for (const slug of [...runs.keys(), ...reasons.keys()]) if (!sent.expected.has(slug)) return `started ${slug}, which it does not match`;
  for (const [slug, what] of sent.expected) {
    const { limits: gates } = view.cast.find(slug) ?? {};
    // The run of what was collected stands behind one of its events.
    const isCollected = collects(gates, sent.data.n);
    const own = isCollected ? [] : (runs.get(slug) ?? []);
    const count = own.length + (reasons.get(slug)?.length ?? 0);
    const isOptional = hasCursor || ledger.unsure.has(slug);
    if (count > 1 || (count === 0 && !isOptional))
      return `has ${own.length} runs and ${reasons.get(slug)?.length ?? 0} recorded reasons of ${slug}`;
    const reason = reasons.get(slug)?.[0];
    if (what === "expression_error" && reason?.["kind"] !== "expression_error") return `was to say why ${slug} has no run`;
    if (what === "start" && count === 1 && gates !== undefined && outcomesOf(gates).includes(String(reason?.["kind"]))) {
      if (reason?.["kind"] === "duplicate" && sent.externalId === undefined && wasLongAgo(view, event, gates, String(reason["detail"])))
        return `did not start ${slug}, because of run ${reason["detail"]}, and the window of its key is over`;
      continue;
    }
    // The run that an earlier event was collected for may not have begun.
    if (what === "start" && count === 1 && !isOptional && !mayCollect(gates)) {
      const wrong = whatIsWrongWithFirst(view, sent, { receivedAt: Number(event["received_at"]), seq, slug, reason });
      if (wrong !== undefined) return wrong;
    }
  }
  return undefined;
}

/** The run that keeps an event from starting another one of its key was started so long before that it may not. */
function wasLongAgo({ watcher, setBackMs }: View, event: Row, gates: MemberLimits, runId: string): boolean {
  if (gates.idempotency === undefined || mayCollect(gates) || setBackMs > 0) return false;
  const first = watcher.one("select e.received_at from runs r join events e on e.seq = r.event_seq where r.id = ?", runId);
  const windowMs = gates.idempotency.windowMs ?? limits.dedupeWindowMs;
  return first !== undefined && Number(event["received_at"]) >= Number(first["received_at"]) + windowMs;
}

function bySlug(view: View, rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  return Map.groupBy(rows, (row) => view.functionSlug(Number(row["function_id"])));
}

interface Started {
  readonly receivedAt: number;
  readonly seq: number;
  readonly slug: string;
  /** Why it has no run. */
  readonly reason: Row | undefined;
}

/** A run that was skipped has used up nothing. Within a day only the first event with an external id starts a function; the others name its run. */
function whatIsWrongWithFirst(view: View, sent: SentEvent, { receivedAt, seq, slug, reason }: Started): string | undefined {
  if (sent.externalId === undefined) return reason === undefined ? undefined : `did not start ${slug}: ${reason["kind"]}`;
  const earlier = view.watcher.one(
    `select r.id, r.queued_at from events e join runs r on r.event_seq = e.seq join functions f on f.id = r.function_id
      where e.external_id = ? and e.seq < ? and f.slug = ? and r.status <> 5 order by e.seq desc limit 1`,
    sent.externalId,
    seq,
    slug,
  );
  const age = earlier === undefined ? undefined : receivedAt - Number(earlier["queued_at"]);
  // On the edge either is right; so is either where the clock was set back, or the first run may have been removed.
  const isEdge = view.prunedBefore !== undefined || (age !== undefined && (age < 0 || Math.abs(age - limits.dedupeWindowMs) < edgeMs));
  if (isEdge) return undefined;
  const isSecond = age !== undefined && age < limits.dedupeWindowMs;
  if (isSecond && (reason?.["kind"] !== "duplicate" || reason["detail"] !== earlier?.["id"]))
    return `has the external id of an event that started ${slug} as run ${earlier?.["id"]}, and ${reason === undefined ? "started it again" : `says ${reason["kind"]} ${reason["detail"]}`}`;
  if (!isSecond && reason !== undefined) return `is the first of its external id and did not start ${slug}: ${reason["kind"]}`;
  return undefined;
}

/** An event goes when it is old, and no run under way was started or woken by it. */
function whatWasLost({ watcher, prunedBefore }: View, seq: number): string | undefined {
  const event = watcher.one("select 1 from events where seq = ?", seq);
  if (event !== undefined) return undefined;
  if (prunedBefore === undefined) return `event ${seq} is gone, and nothing may remove it`;
  const started = watcher.one("select id from runs where ended_at is null and event_seq = ?", seq);
  if (started !== undefined) return `event ${seq} is gone, and run ${started["id"]} is under way with it`;
  const woken = watcher.one("select run_seq, name from journal_entries where memo_event = ?", seq);
  return woken === undefined ? undefined : `event ${seq} is gone, and is the result of step ${woken["name"]} of run ${woken["run_seq"]}`;
}
