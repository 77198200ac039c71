import type { RunId } from "@stepwell/protocol";
import type { Discovery } from "../call-watch.ts";
import type { Row } from "../watcher.ts";
import { firstWrong, type Invariant, type View } from "./invariant.ts";

export const aliveIsMoving: Invariant = {
  name: "I6 a run that is alive has something that moves it, and waits for nothing that is over",
  check: (view) => firstWrong(view, whatIsWrong),
};

function whatIsWrong({ watcher, watch }: View, seq: number): string | undefined {
  const run = watcher.one("select id, holder_id, version, ended_at from runs where seq = ?", seq);
  if (run === undefined || run["ended_at"] !== null) return undefined;
  const items = watcher.all("select own, step_id, state from queue_items where run_seq = ?", seq);
  const waits = watcher.all("select step_id from waits where run_seq = ? and kind <> 1", seq);
  const isHeld = run["holder_id"] !== null;
  const own = items.filter((item) => item["own"] === 1);
  if (own.length > (isHeld ? 0 : 1))
    return `run ${run["id"]} has its own item ${own.length} times in the queue${isHeld ? " and in hand" : ""}`;
  if (!isHeld && items.length + waits.length === 0) return `run ${run["id"]} is alive, and nothing of it is queued, waited for or held`;
  const moving = new Set([...items, ...waits].map((row) => row["step_id"]));
  const steps = watcher.all("select step_id, name, state from journal_entries where run_seq = ?", seq);
  const stuck = steps.find((step) => isUnderWay(step) && !moving.has(step["step_id"]));
  if (stuck !== undefined && !wasDropped(watcher, seq, stuck))
    return `step ${stuck["name"]} of run ${run["id"]} is under way, and nothing moves it`;
  if (isHeld || own.length > 0) return undefined;
  const discovery = watch.discoveries.get(run["id"] as RunId);
  return discovery === undefined ? undefined : whatIsOver(run, discovery, steps);
}

/** Planned, asleep or waiting. */
function isUnderWay(step: Row): boolean {
  return step["state"] === 1 || step["state"] === 2 || step["state"] === 3;
}

/** A loser of a race has no result and waits for nothing. */
function wasDropped(watcher: View["watcher"], seq: number, step: Row): boolean {
  return (
    watcher.one(
      "select 1 from journal_entries where run_seq = ? and step_id = ? and ended_at is not null",
      seq,
      String(step["step_id"]),
    ) !== undefined
  );
}

/** A run that is parked goes on when what its last reply reported is over: all of it, or any part that is told at once. */
function whatIsOver(run: Row, { reported }: Discovery, steps: readonly Row[]): string | undefined {
  const settled = new Set(steps.filter((step) => Number(step["state"]) > 3).map((step) => step["step_id"]));
  const over = reported.filter(({ stepId }) => settled.has(stepId));
  if (over.length === 0) return undefined;
  if (over.length === reported.length || Number(run["version"]) < 2 || over.some(({ race }) => race))
    return `run ${run["id"]} is parked, and ${over.length} of ${reported.length} steps it waits for are over`;
  return undefined;
}
