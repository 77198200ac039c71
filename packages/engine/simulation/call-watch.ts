// What only the app can see: which calls are made, with which memos, and when. Holds every call against the tables.

import type { Call } from "@stepwell/engine";
import type { ItemId, RunId } from "@stepwell/protocol";
import { collects } from "./draw-limits.ts";
import type { Holder, Surroundings } from "./surroundings.ts";

/** What the last discovery of a run was told, and what it reported. */
export interface Discovery {
  readonly generation: number;
  readonly memos: number;
  readonly reported: readonly { readonly stepId: string; readonly race: boolean }[];
}

/** Whether the app is only asked to report again what a step asks for: its answer is not recorded. */
export function isQuestion({ stepId, itemId, runId }: Call): boolean {
  return stepId === undefined && (itemId as string) !== runId;
}

export class CallWatch {
  readonly #world: Surroundings;
  /** The present call of each item, of the holder that owns the file. */
  readonly #generations = new Map<ItemId | RunId, number>();
  readonly #underWay = new Map<string, number>();
  readonly discoveries = new Map<RunId, Discovery>();
  /** When the first call of a run was made, by engine time. */
  readonly firstCallAt = new Map<RunId, number>();
  /** The place of the newest event when a discovery began, by run and generation. */
  readonly #callSeqs = new Map<string, number>();
  callsMade = 0;

  constructor(world: Surroundings) {
    this.#world = world;
  }

  /** The generation of the latest call of an item. */
  presentOf(itemId: ItemId | RunId): number {
    return this.#generations.get(itemId) ?? 0;
  }

  begin(call: Call, holder: Holder, now: number): void {
    this.callsMade += 1;
    if (!this.firstCallAt.has(call.runId)) this.firstCallAt.set(call.runId, now);
    if (call.stepId === undefined && !isQuestion(call)) this.#rememberPlace(call);
    const key = `${holder.id} ${call.itemId}`;
    const underWay = (this.#underWay.get(key) ?? 0) + 1;
    this.#underWay.set(key, underWay);
    if (underWay > 1) this.#world.violate(`I5 two calls of item ${call.itemId} are under way at once`);
    if (holder.fate !== "alive") return;
    const before = this.presentOf(call.itemId);
    if (call.generation <= before) this.#world.violate(`I5 item ${call.itemId} is called as generation ${call.generation} after ${before}`);
    this.#generations.set(call.itemId, call.generation);
    this.#checkMemos(call, now);
    this.#checkTime(call, now);
  }

  /** The newest event when the call began; what was accepted later must be met by the waits that the call brings. */
  callSeqOf(runSeq: number, generation: number): number {
    return this.#callSeqs.get(`${runSeq} ${generation}`) ?? Number.POSITIVE_INFINITY;
  }

  #rememberPlace(call: Call): void {
    const runSeq = this.#world.watcher.one("select seq from runs where id = ?", call.runId)?.["seq"];
    this.#callSeqs.set(`${runSeq} ${call.generation}`, this.#world.newestPlace());
  }

  /** The call has been answered, or its holder is no more. */
  end(call: Call, holder: Holder): void {
    const key = `${holder.id} ${call.itemId}`;
    this.#underWay.set(key, (this.#underWay.get(key) ?? 1) - 1);
  }

  report(call: Call, reported: Discovery["reported"]): void {
    const last = this.discoveries.get(call.runId);
    if (call.stepId === undefined && (last === undefined || last.generation <= call.generation))
      this.discoveries.set(call.runId, { generation: call.generation, memos: call.memos.size, reported });
  }

  /** A call is told a prefix of the journal as it stands, and a discovery never less than the one before. */
  #checkMemos(call: Call, now: number): void {
    const rows = this.#world.watcher.all(
      `select j.step_id, j.name, j.op, j.due_at, coalesce(j.memo, p.body) as memo, j.memo_event from runs r join journal_entries j on j.run_seq = r.seq left join payloads p on p.id = j.memo_payload
        where r.id = ? and j.ord is not null and j.ord <= ? order by j.ord`,
      call.runId,
      call.memos.size,
    );
    let place = 0;
    for (const [stepId, memo] of call.memos) {
      const row = rows[place];
      const isSame =
        row?.["step_id"] === stepId && (row["memo_event"] === null ? row["memo"] === memo : this.#isEvent(memo, Number(row["memo_event"])));
      if (!isSame) {
        this.#world.violate(
          `I2 a call of run ${call.runId} has ${memo} as result ${place + 1}, of step ${stepId}; the journal has ${row?.["memo"]}, of step ${row?.["step_id"]}`,
        );
        return;
      }
      if (row["op"] === "Sleep" && Number(row["due_at"]) > now + this.#world.setBackMs)
        this.#world.violate(`I7 the sleep ${row["name"]} of run ${call.runId} is due at ${row["due_at"]} and was over at ${now}`);
      place += 1;
    }
    const last = this.discoveries.get(call.runId);
    if (call.stepId === undefined && !isQuestion(call) && last !== undefined && call.memos.size < last.memos)
      this.#world.violate(`I2 a call of run ${call.runId} is told ${call.memos.size} results, and an earlier one ${last.memos}`);
  }

  /** A memo that is an event is made of the event's row. */
  #isEvent(memo: string, eventSeq: number): boolean {
    const event = this.#world.watcher.one("select id, external_id, name, data from events where seq = ?", eventSeq);
    const map = JSON.parse(memo) as { readonly id?: unknown; readonly name?: unknown; readonly data?: unknown };
    return (
      map.id === (event?.["external_id"] ?? event?.["id"]) && map.name === event?.["name"] && JSON.stringify(map.data) === event?.["data"]
    );
  }

  #checkTime(call: Call, now: number): void {
    const { watcher, setBackMs } = this.#world;
    const latest = now + setBackMs;
    if (call.attempt > 0) {
      const failed = watcher.one(
        `select a.retry_at from attempts a join runs r on r.seq = a.run_seq where r.id = ? and a.attempt = ? and a.step_id is ? and a.generation < ? order by a.seq desc limit 1`,
        call.runId,
        call.attempt - 1,
        call.stepId ?? null,
        call.generation,
      );
      if (failed !== undefined && Number(failed["retry_at"]) > latest)
        this.#world.violate(`I7 attempt ${call.attempt} of run ${call.runId} was due at ${failed["retry_at"]} and began at ${now}`);
    }
    const [event] = call.generation === 1 && call.stepId === undefined && !isQuestion(call) ? call.events : [];
    const { delayMs = 0, n } = (event === undefined ? {} : JSON.parse(event.data)) as { readonly delayMs?: number; readonly n?: unknown };
    // A batch begins when it is full or its time is over, whatever its events ask for.
    const { limits } = this.#world.cast.find(call.target.slug) ?? {};
    if (limits?.batch !== undefined && collects(limits, n)) return;
    if (event !== undefined && delayMs > 0 && event.receivedAt + delayMs > latest)
      this.#world.violate(`I7 run ${call.runId} of a delayed event was due at ${event.receivedAt + delayMs} and began at ${now}`);
  }
}
