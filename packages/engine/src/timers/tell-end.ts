import type { RunId } from "@stepwell/protocol";
import type { TimerRecord } from "@stepwell/store";
import { startByEnd } from "../events/end-events.ts";
import { noEvents, type StartedEvents } from "../events/started-events.ts";
import type { CancelParts } from "../waits/cancel-run.ts";

/**
 * A run was ended by the unit that started another one. What its end starts is written here, once: with the timer, which that
 * unit left.
 */
export async function tellEnd(parts: CancelParts, { kind, subject, dueAt }: TimerRecord): Promise<void> {
  const { store, writer } = parts;
  const started = await startedBy(parts, subject as RunId);
  const timer = { kind, subject, dueAt };
  const outcome = await writer.commit({ kind: "accept", holder: store.holder, events: started.events, timer });
  if (outcome.kind === "accepted") parts.takeStarted(started, outcome.events);
}

async function startedBy({ store, registry, random, clock, roomForBorn }: CancelParts, runId: RunId): Promise<StartedEvents> {
  const run = registry.hasEndListeners ? await store.runs.find(runId) : undefined;
  const entry = run === undefined ? undefined : registry.entry(run.functionId);
  const [end] = run === undefined ? [] : await store.waits.loadEnds([run.seq]);
  if (end === undefined || entry === undefined) return noEvents;
  const facts = { ...end, slug: entry.record.slug };
  return startByEnd(facts, entry.isFailureHandler, { registry, random, now: clock.now(), room: roomForBorn() });
}
