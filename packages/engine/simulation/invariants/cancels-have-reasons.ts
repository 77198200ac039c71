import type { RunId } from "@stepwell/protocol";
import { type CastMember, cancelNames } from "../cast.ts";
import { collects } from "../draw-limits.ts";
import type { Row } from "../watcher.ts";
import { firstWrong, type Invariant, type View } from "./invariant.ts";

/** So long after it was accepted, in time as it passes, an event that cancels has been looked at, whatever dies meanwhile. */
const lookedAtMs = 120_000;

/** Between the decision that starts a run, from which the time of its rules counts, and the commit clocks may jump. */
const edgeMs = 2 * 3_600_000;

export const cancelsHaveReasons: Invariant = {
  name: "W5 a run is cancelled by whoever asked, by an event of its rules, by its deadline or its parent, and by nothing else; and by these it is",
  check(view) {
    for (const seq of view.changes.events) noteEvent(view, seq);
    return firstWrong(view, whatIsWrong);
  },
};

function noteEvent({ watcher, ledger, now, latestNow }: View, seq: number): void {
  const event = watcher.one("select id, name, data, received_at from events where seq = ?", seq);
  const name = String(event?.["name"]);
  if (event === undefined || !cancelNames.some((each) => each === name) || ledger.cancelEvents.has(seq)) return;
  const { key = -1 } = JSON.parse(String(event["data"])) as { readonly key?: number };
  ledger.cancelEvents.set(seq, {
    name,
    key,
    receivedAt: Number(event["received_at"]),
    seenAt: now,
    isForeign: ledger.foreign.has(String(event["id"])),
    inTimeFor: new Set(
      watcher
        .all("select run_seq from waits where kind = 1 and name = ? and due_at >= ?", name, latestNow)
        .map((row) => Number(row["run_seq"])),
    ),
  });
}

function whatIsWrong(view: View, runSeq: number): string | undefined {
  const run = view.watcher.one(
    "select r.seq, r.id, r.function_id, r.event_seq, r.status, r.queued_at, r.started_at, r.ended_at, r.cancel_reason, e.data from runs r left join events e on e.seq = r.event_seq where r.seq = ? and r.ended_at is not null",
    runSeq,
  );
  if (run === undefined || !view.ledger.judge(runSeq, "end")) return undefined;
  const member = view.cast.find(view.functionSlug(Number(run["function_id"])));
  if (member === undefined) return undefined;
  const wrong = run["status"] === 4 ? wrongReason(view, run, member) : (missedRule(view, run, member) ?? missedParent(view, run));
  return wrong === undefined ? undefined : `run ${run["id"]} of ${member.slug} ${wrong}`;
}

function wrongReason(view: View, run: Row, member: CastMember): string | undefined {
  const reason = String(run["cancel_reason"]);
  const { ledger, setBackMs } = view;
  const endedAt = Number(run["ended_at"]) + setBackMs;
  switch (reason) {
    case "simulation":
      return ledger.cancelAsked.has(run["id"] as RunId) ? undefined : "was cancelled, and nobody asked for it";
    case "many":
      return undefined;
    case "function_gone":
      return ledger.unsure.has(member.slug) ? undefined : "was cancelled because its function was gone, which it never was";
    case "start_timeout":
      return member.startMs === undefined || endedAt < Number(run["queued_at"]) + member.startMs
        ? `queued at ${run["queued_at"]} was cancelled at ${run["ended_at"]} because it had not begun in ${member.startMs} ms`
        : undefined;
    case "finish_timeout":
      return member.finishMs === undefined || endedAt < Number(run["started_at"] ?? run["queued_at"]) + member.finishMs
        ? `begun at ${run["started_at"]} was cancelled at ${run["ended_at"]} because it had not ended in ${member.finishMs} ms`
        : undefined;
    case "parent_ended":
    case "wait_over":
      return wrongParent(view, run, reason);
    default:
      return reason.startsWith("singleton ") ? wrongSingleton(view, run, member, reason) : wrongEvent(view, run, member, reason);
  }
}

function wrongSingleton({ watcher }: View, run: Row, member: CastMember, reason: string): string | undefined {
  const by = watcher.one("select seq, function_id from runs where id = ?", reason.slice("singleton ".length));
  const isByLater = by?.["function_id"] === run["function_id"] && Number(by?.["seq"]) > Number(run["seq"]);
  return member.limits?.singleton?.mode === "cancel" && isByLater
    ? undefined
    : `was cancelled for ${reason}, which has not taken its place`;
}

function wrongParent({ watcher }: View, run: Row, reason: string): string | undefined {
  const tie = watcher.one(
    `select i.cancels_child, r.ended_at, j.ord, j.ended_at as dropped_at from invokes i join runs r on r.seq = i.parent_run_seq
       left join journal_entries j on j.run_seq = i.parent_run_seq and j.step_id = i.step_id where i.child_run_seq = ?`,
    Number(run["seq"]),
  );
  if (tie === undefined) return undefined; // The parent has been removed.
  const isOver = reason === "parent_ended" ? tie["ended_at"] !== null : tie["ord"] !== null || tie["dropped_at"] !== null;
  return tie["cancels_child"] === 1 && isOver ? undefined : `was cancelled as ${reason}, and was not`;
}

function wrongEvent(view: View, run: Row, member: CastMember, reason: string): string | undefined {
  const id = /^event (.+)$/.exec(reason)?.[1];
  if (id === undefined) return `was cancelled for no reason that there is: ${reason}`;
  const events = view.watcher.all("select seq from events where id = ? or external_id = ?", id, id);
  return events.some(({ seq }) => cancels(view, run, member, Number(seq), edgeMs))
    ? undefined
    : `was cancelled by ${reason}, which cancels it not`;
}

/** It ended by itself long after an event that should have ended it. */
function missedRule(view: View, run: Row, member: CastMember): string | undefined {
  for (const [seq, { seenAt, isForeign, inTimeFor }] of view.ledger.cancelEvents)
    if (
      view.now - seenAt > lookedAtMs &&
      !isForeign &&
      cancels(view, run, member, seq, inTimeFor.has(Number(run["seq"])) ? edgeMs : undefined)
    )
      return `has ended ${view.now - seenAt} ms after event ${seq}, which was to cancel it`;
  return undefined;
}

/** It ended by itself long after its parent, with which it should have ended. What is due at once waits where the clock was set back. */
function missedParent({ watcher, ledger, now, setBackMs }: View, run: Row): string | undefined {
  const tie = watcher.one("select parent_run_seq from invokes where child_run_seq = ? and cancels_child = 1", Number(run["seq"]));
  const parent = tie === undefined ? undefined : ledger.ends.get(Number(tie["parent_run_seq"]));
  return parent !== undefined && now - parent.seenAt > lookedAtMs + setBackMs
    ? `has ended ${now - parent.seenAt} ms after its parent, with which it was to end`
    : undefined;
}

/** @param slackMs - How far beyond its rule's time an event may count; absent: only a rule without a time counts. */
function cancels({ ledger }: View, run: Row, member: CastMember, seq: number, slackMs: number | undefined): boolean {
  const event = ledger.cancelEvents.get(seq);
  // What was collected is a run, and can be cancelled, from its beginning on.
  const own = JSON.parse(String(run["data"] ?? "{}")) as { readonly key?: unknown; readonly n?: unknown };
  if (event === undefined || seq <= Number(collects(member.limits, own.n) ? run["seq"] : run["event_seq"])) return false;
  return member.cancelOn.some(
    (rule) =>
      rule.event === event.name &&
      (!rule.sameKey || own.key === event.key) &&
      (rule.timeoutMs === undefined || (slackMs !== undefined && event.receivedAt <= Number(run["queued_at"]) + rule.timeoutMs + slackMs)),
  );
}
