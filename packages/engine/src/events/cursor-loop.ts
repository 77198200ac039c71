// Writes the rest of what an event starts, in bounded batches.
//
// F1. A cursor's position moves in the commit of its rows: nothing is started twice, and a take-over goes on from there.
// F2. Cursors are worked through oldest first, one batch at a time, with everything else going on in between.

import { eventMapJson, limits } from "@stepwell/protocol";
import type { AdvanceCursorUnit, CursorRecord, EventOutcome, EventResult, StartRun, Store } from "@stepwell/store";
import type { Registry } from "../apps/registry.ts";
import type { FunctionEntry } from "../runs/run-in-hand.ts";
import type { Clock } from "../seams/clock.ts";
import type { BatchWriter } from "../writer/batch-writer.ts";
import { startRun } from "./start-run.ts";
import type { StartedEvents } from "./started-events.ts";

export interface CursorLoopParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly writer: BatchWriter;
  readonly registry: Registry;
  readonly roomForBorn: () => number;
  readonly takeStarted: (started: StartedEvents, results: readonly EventResult[]) => void;
  readonly onFailure: (error: unknown, retryInMs: number) => void;
}

const cursorsPerLook = 20;
const retryMs = 250;

export class CursorLoop {
  readonly #parts: CursorLoopParts;
  #isWorking = false;
  #isStopped = true;
  #lookAgain = false;

  constructor(parts: CursorLoopParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#isStopped = false;
    this.look();
  }

  stop(): void {
    this.#isStopped = true;
  }

  get isBusy(): boolean {
    return this.#isWorking;
  }

  /** A cursor was made. */
  look(): void {
    this.#lookAgain = true;
    if (this.#isWorking || this.#isStopped) return;
    this.#isWorking = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (this.#lookAgain && !this.#isStopped) {
      this.#lookAgain = false;
      try {
        const cursors = await this.#parts.store.cursors.list({ limit: cursorsPerLook });
        for (const cursor of cursors) await this.#finish(cursor);
        if (cursors.length > 0) this.#lookAgain = true;
      } catch (error) {
        this.#parts.onFailure(error, retryMs);
        this.#lookAgain = true;
        await new Promise<void>((resolve) => void this.#parts.clock.after(retryMs, resolve));
      }
    }
    this.#isWorking = false;
  }

  async #finish(cursor: CursorRecord): Promise<void> {
    let { position } = cursor;
    while (position < cursor.plan.length && !this.#isStopped) {
      const { unit, entries } = this.#batchOf(cursor, position);
      const outcome = await this.#parts.writer.commit(unit);
      // Somebody else has moved it, or it is done: it is read anew.
      if (outcome.kind !== "committed") return;
      this.#parts.takeStarted(
        { events: [{ event: cursor.event, starts: unit.starts, outcomes: [] }], entries: [entries] },
        outcome.events ?? [],
      );
      position += unit.count;
    }
  }

  #batchOf(cursor: CursorRecord, position: number): { readonly unit: AdvanceCursorUnit; readonly entries: readonly FunctionEntry[] } {
    const { registry, clock, store, roomForBorn } = this.#parts;
    const { event } = cursor;
    const planned = cursor.plan.slice(position, position + limits.startsPerCursorBatchMax);
    const entries: FunctionEntry[] = [];
    const starts: StartRun[] = [];
    const outcomes: EventOutcome[] = [];
    const room = roomForBorn();
    let map: unknown;
    for (const { functionId, runId, dueAt } of planned) {
      const entry = registry.entry(functionId);
      if (entry === undefined || entry.record.archivedAt !== undefined) {
        outcomes.push({ functionId, kind: "not_started", detail: "the function was removed before its turn came" });
        continue;
      }
      entries.push(entry);
      starts.push(
        startRun(entry, {
          runId,
          now: clock.now(),
          dueAt,
          acceptedAt: event.receivedAt,
          event,
          eventMap: () => {
            map ??= JSON.parse(eventMapJson({ ...event, id: event.externalId ?? event.id }));
            return map;
          },
          wantsLease: starts.length < room,
          externalId: event.externalId,
        }),
      );
    }
    const unit: AdvanceCursorUnit = {
      kind: "advance_cursor",
      holder: store.holder,
      cursorSeq: cursor.seq,
      position,
      starts,
      outcomes,
      count: planned.length,
    };
    return { unit, entries };
  }
}
