import { systemEvents } from "@stepwell/protocol";
import type { Row } from "../watcher.ts";
import { firstWrong, type Invariant, type View } from "./invariant.ts";
import { endEventId, tellsItsEnd } from "./met-events.ts";

export const endsAreTold: Invariant = {
  name: "W6 the end of a run starts its failure handler, and whoever listens to ends, once each and in the same commit",
  check: (view) => firstWrong(view, whatIsWrong),
};

function whatIsWrong(view: View, runSeq: number): string | undefined {
  const { watcher, ledger } = view;
  const run = watcher.one(
    "select seq, id, function_id, event_seq, status, ended_at, origin, cancel_reason from runs where seq = ? and ended_at is not null",
    runSeq,
  );
  // Who was never called tells nothing. Whom a start has ended is told of by a timer of the same commit.
  if (run === undefined || run["status"] === 5 || String(run["cancel_reason"]).startsWith("singleton ")) return undefined;
  return ledger.judge(runSeq, "told") ? wrongWithEnd(view, run) : undefined;
}

/** Of a run that has ended and been told of. */
export function wrongWithEnd(view: View, run: Row): string | undefined {
  const { cast } = view;
  const slug = view.functionSlug(Number(run["function_id"]));
  const tells = tellsItsEnd(view, run);
  const isHandler = slug.endsWith("-failure");
  const handler = `${slug}-failure`;
  if (run["status"] === 3 && cast.find(handler) !== undefined) {
    const count = startedBy(view, systemEvents.failed, run, handler);
    if (count !== (tells ? 1 : 0)) return `run ${run["id"]} of ${slug} has failed, and its failure handler has ${count} runs`;
  }
  if (cast.find("sim-listens") === undefined || slug === "sim-listens") return undefined;
  const count = startedBy(view, systemEvents.finished, run, "sim-listens");
  if (count !== (tells || isHandler ? 1 : 0))
    return `run ${run["id"]} of ${slug} has ended, and whoever listens to ends has ${count} runs of it`;
  return undefined;
}

function startedBy({ watcher }: View, name: string, run: Row, slug: string): number {
  const id = endEventId(name, String(run["id"]), Number(run["ended_at"]));
  const row = watcher.one(
    "select count(*) as count from events e join runs r on r.event_seq = e.seq join functions f on f.id = r.function_id where e.id = ? and e.name = ? and f.slug = ?",
    id,
    name,
    slug,
  );
  return Number(row?.["count"]);
}
