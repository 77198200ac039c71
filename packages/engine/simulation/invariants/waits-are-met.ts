import { hashOf, leavesOf, type WaitLeaf } from "@stepwell/engine/testing";
import { isEndEventName, limits } from "@stepwell/protocol";
import type { BegunWait } from "../ledger.ts";
import type { Row } from "../watcher.ts";
import { firstWrong, type Invariant, type View } from "./invariant.ts";
import { type Candidate, candidatesOf, type EventData, fulfils } from "./met-events.ts";

export const waitsAreMet: Invariant = {
  name: "W1 a wait ends with an event that it waits for, passing over none, or without one when there was none and its time is over",
  check(view) {
    for (const seq of view.changes.events) if (!view.ledger.seenAt.has(seq)) view.ledger.seenAt.set(seq, view.now);
    return firstWrong(view, whatIsWrong);
  },
};

/** So long after both are there, in time as it passes, a wait and an event have met, whatever dies meanwhile. */
const metMs = 120_000;

interface Subject {
  readonly view: View;
  readonly run: Row;
  readonly runSeq: number;
  readonly entry: Row;
  readonly leaf: WaitLeaf;
  readonly begun: BegunWait;
}

function whatIsWrong(view: View, runSeq: number): string | undefined {
  const { watcher, ledger, cast } = view;
  const run = watcher.one("select id, function_id, event_seq from runs where seq = ?", runSeq);
  if (run === undefined) return undefined;
  const entries = watcher.all(
    "select step_id, name, memo, memo_event, event_id, ended_at from journal_entries where run_seq = ? and op = 'WaitForEvent' and ord is not null",
    runSeq,
  );
  for (const entry of entries) {
    if (!ledger.judge(runSeq, String(entry["step_id"]))) continue;
    const twice = entry["event_id"] === null ? undefined : takenTwice(view, runSeq, entry);
    if (twice !== undefined) return twice;
    const program = cast.find(view.functionSlug(Number(run["function_id"])))?.program ?? [];
    const leaf = leavesOf(program).find(({ id }) => hashOf(id) === entry["step_id"]);
    const begun = ledger.waits.get(runSeq)?.get(String(entry["step_id"]));
    if (leaf?.kind !== "wait" || begun === undefined) continue;
    const subject = { view, run, runSeq, entry, leaf, begun };
    const wrong = entry["event_id"] === null ? wrongWithoutEvent(subject) : wrongWithEvent(subject);
    if (wrong !== undefined) return `wait ${leaf.id} of run ${run["id"]} for ${leaf.event} ${wrong}`;
  }
  return undefined;
}

function takenTwice({ watcher }: View, runSeq: number, entry: Row): string | undefined {
  const times = watcher.one(
    "select count(*) as count from journal_entries where run_seq = ? and name = ? and event_id = ?",
    runSeq,
    String(entry["name"]),
    String(entry["event_id"]),
  );
  return times?.["count"] === 1
    ? undefined
    : `event ${entry["event_id"]} counts ${times?.["count"]} times for waits "${entry["name"]}" of run ${runSeq}`;
}

/** What came before the call that made the wait may count by a little, because its mark is taken before; by a lookback it must. */
function wrongWithEvent(subject: Subject): string | undefined {
  const { view, entry, leaf, begun } = subject;
  const { since, lookBackFrom } = begun.waitsFor;
  const own = ownData(subject);
  const met = candidatesOf(view, leaf.event, 0).find(({ id }) => id === entry["event_id"]);
  if (met === undefined)
    return entry["memo_event"] === null && view.prunedBefore !== undefined
      ? undefined
      : `was met by ${entry["event_id"]}, which does not exist`;
  if (!fulfils(leaf.condition, own, met)) return `was met by event ${met.id}, which it does not wait for`;
  if (met.receivedAt > begun.dueAt) return `was over at ${begun.dueAt}, and was met by an event of ${met.receivedAt}`;
  if (ownSeqsOf(subject).has(met.seq)) return "was met by an event that its run was started with";
  const isOld = met.seq <= Number(since) && (lookBackFrom === undefined || met.receivedAt < lookBackFrom);
  if (isOld) return `was met by event ${met.id} at ${met.seq}, accepted before its mark ${since}`;
  const passed = missedOf(subject).find(({ seq }) => {
    const seenAt = view.ledger.seenAt.get(seq);
    return seq < met.seq && seenAt !== undefined && view.now - Math.max(seenAt, begun.begunAt) > metMs;
  });
  return passed === undefined ? undefined : `was met by event ${met.id} at ${met.seq}, and ${passed.id} at ${passed.seq} was long there`;
}

function wrongWithoutEvent(subject: Subject): string | undefined {
  const { view, entry, begun } = subject;
  if (entry["memo"] !== "null") return undefined; // The step failed: what it asked for was refused.
  if (Number(entry["ended_at"]) + view.setBackMs < begun.dueAt) return `was due at ${begun.dueAt} and timed out at ${entry["ended_at"]}`;
  const [missed] = missedOf(subject);
  return missed === undefined
    ? undefined
    : `timed out at ${entry["ended_at"]} (due ${begun.dueAt}), and event ${missed.id} of ${missed.receivedAt} at ${missed.seq} was there, after its call at ${begun.callSeq}`;
}

/** Events that were there for the wait, are not those of its run, and have not ended it or another of its name. */
function missedOf(subject: Subject): readonly Candidate[] {
  const { view, entry, leaf, begun } = subject;
  const own = ownData(subject);
  const { lookBackFrom } = begun.waitsFor;
  const after = lookBackFrom === undefined ? begun.callSeq : 0;
  const taken = view.watcher.all(
    "select event_id from journal_entries where run_seq = ? and name = ? and event_id is not null",
    subject.runSeq,
    String(entry["name"]),
  );
  const takenIds = new Set(taken.map((row) => row["event_id"]));
  const ownSeqs = ownSeqsOf(subject);
  const newest = newestOf(subject);
  const isMissed = (event: Candidate): boolean =>
    !event.isForeign &&
    !takenIds.has(event.id) &&
    !ownSeqs.has(event.seq) &&
    event.seq <= newest &&
    event.receivedAt < begun.dueAt &&
    (event.seq > begun.callSeq || (lookBackFrom !== undefined && event.receivedAt >= lookBackFrom)) &&
    fulfils(leaf.condition, own, event);
  return withinReach(view, candidatesOf(view, leaf.event, after), begun).filter(isMissed);
}

/**
 * A lookback to the start of the run goes through the newest so many places of the name, whether they fulfil its condition or
 * not. Of the end of a run there are two where somebody listens to it, its own and that of the event.
 */
function withinReach(view: View, candidates: readonly Candidate[], { waitsFor, callSeq }: BegunWait): readonly Candidate[] {
  if (waitsFor.cutsLookBack !== true) return candidates;
  const { eventName } = waitsFor;
  const ends = isEndEventName(eventName) ? " union all select ended_seq from runs where ended_seq is not null" : "";
  const [oldest] = view.watcher.all(
    `select seq from (select seq from events where name = ?${ends}) order by seq desc limit 1 offset ?`,
    eventName,
    limits.lookbackEventsMax - 1,
  );
  return oldest === undefined ? candidates : candidates.filter(({ seq }) => seq >= Number(oldest["seq"]) || seq > callSeq);
}

/** The place of the newest event that was there when the wait ended. What was sent later looks earlier where clocks were set back. */
function newestOf({ view, runSeq, entry, leaf }: Subject): number {
  const { newestBefore, newestOf: inBatch } = view.ledger;
  if (view.setBackMs > 0 || isEndEventName(leaf.event)) return newestBefore;
  return Math.max(newestBefore, inBatch.get(`${runSeq} ${entry["step_id"]}`) ?? 0);
}

/** Places of the events that a run was started with: one, or all that it collected. */
function ownSeqsOf({ view, run, runSeq }: Subject): ReadonlySet<number> {
  const collected = view.watcher.all("select event_seq from run_events where run_seq = ?", runSeq);
  return new Set([run, ...collected].map((row) => Number(row["event_seq"])));
}

function ownData({ view, run }: Subject): EventData {
  const event = view.watcher.one("select data from events where seq = ?", Number(run["event_seq"]));
  return JSON.parse(String(event?.["data"] ?? "{}")) as EventData;
}
