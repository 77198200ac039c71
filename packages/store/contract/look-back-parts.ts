// Short ways to park a run with a wait and to end another, where events and waits cross.

import type { EpochMs, JsonText, StoreSeq } from "@stepwell/protocol";
import type { MetEvent, UnitOutcome } from "@stepwell/store";
import type { Bench, StartedRun } from "./bench.ts";
import { laneOf } from "./lane-names.ts";
import { call, end, settle, t0 } from "./parts.ts";
import { waitForEvent } from "./wait-parts.ts";

export const finished = "inngest/function.finished";

export type WaitParts = Parameters<typeof waitForEvent>[2];

/** Parks a run with one wait, and tells which waits the unit asks to look at. */
export async function park(bench: Bench, run: StartedRun, parts: WaitParts & { readonly since: string }): Promise<readonly StoreSeq[]> {
  const { since, ...rest } = parts;
  const unit = call(run.lease, [waitForEvent("w", since as never, rest)], bench.park(), { version: 2 });
  return unlookedOf((await bench.outcomes([unit]))[0]);
}

export function unlookedOf(outcome: UnitOutcome | undefined): readonly StoreSeq[] {
  if (outcome?.kind !== "committed") throw new Error(`not committed: ${JSON.stringify(outcome)}`);
  return outcome.unlooked ?? [];
}

export function placesOf(events: readonly MetEvent[] | undefined): readonly (string | StoreSeq)[] {
  return (events ?? []).map((event) => (event.kind === "stored" ? event.event.id : event.runSeq));
}

export async function endRun(bench: Bench, endedAt: EpochMs = t0, status: "completed" | "failed" = "completed"): Promise<StartedRun> {
  const run = await bench.start({ functionId: bench.otherFunctionId, laneKey: laneOf(bench.newId()) });
  const next =
    status === "completed"
      ? end({ endedAt, sweep: false })
      : ({ kind: "end", status, error: "{}" as JsonText, endedAt, sweep: false } as const);
  await bench.outcomes([call({ ...run.lease, journalLength: 0 }, [settle("a")], next)]);
  return run;
}
