// Runs that repeat others: the row that says so, and the results they are born with.

import type { StatementSync } from "node:sqlite";
import { asJson, type JsonText, limits, type StepId, type StoreSeq } from "@stepwell/protocol";
import { isStarted, type KeptStep, type RerunUnit, type UnitOutcome } from "@stepwell/store";
import type { Accept } from "./accept.ts";
import type { Connection } from "./connection.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { Payloads } from "./payloads.ts";
import { numberOf, textOf } from "./rows.ts";
import type { RunRow, RunRows } from "./run-row.ts";
import type { RunRules } from "./run-rules.ts";
import type { StartGates } from "./start-gates.ts";

export interface RerunParts {
  readonly connection: Connection;
  readonly accept: Accept;
  readonly payloads: Payloads;
  readonly rules: RunRules;
  readonly runs: RunRows;
  readonly gates: StartGates;
  readonly deadLetters: DeadLetters;
}

const keptNumbers = { reused: 1, overridden: 2 } as const;

export class Reruns {
  readonly #parts: RerunParts;
  readonly #insert: StatementSync;
  readonly #chain: StatementSync;
  readonly #events: StatementSync;
  readonly #linkEvents: StatementSync;
  readonly #countSettled: StatementSync;
  readonly #countKnown: StatementSync;
  readonly #copy: StatementSync;
  readonly #long: StatementSync;
  readonly #copyPayload: StatementSync;
  readonly #setPayload: StatementSync;
  readonly #give: StatementSync;
  readonly #copyInputs: StatementSync;

  constructor(parts: RerunParts) {
    this.#parts = parts;
    const prepare = parts.connection.prepare.bind(parts.connection);
    this.#insert = prepare(`-- stepwell: reruns.append
      insert into reruns (run_seq, of_run, first_run, from_step, input, name) values (?, ?, ?, ?, ?, ?)`);
    this.#chain = prepare("-- stepwell: reruns.chain\nselect first_run from reruns where run_seq = ?");
    this.#events = prepare(`-- stepwell: reruns.events
      select exists (select 1 from events where seq = ?1)
             and not exists (select 1 from run_events r left join events e on e.seq = r.event_seq where r.run_seq = ?2 and e.seq is null) as whole`);
    this.#linkEvents = prepare(`-- stepwell: reruns.link_events
      insert into run_events (run_seq, ord, event_seq)
      select ?, ord, event_seq from run_events where run_seq = ?`);
    this.#countSettled = prepare(`-- stepwell: reruns.count_settled
      select count(*) as count,
             coalesce(sum(case when j.memo_event is null then octet_length(coalesce(j.memo, p.body))
                          else octet_length(coalesce(e.data, ep.body)) + coalesce(octet_length(e.user_data), 0) + coalesce(octet_length(e.meta), 0) end), 0) as bytes
        from json_each(?) k join journal_entries j on j.run_seq = ? and j.step_id = k.value ->> 0
        left join payloads p on p.id = j.memo_payload
        left join events e on e.seq = j.memo_event left join payloads ep on ep.id = e.data_payload
       where j.ord is not null and (j.memo_event is null or e.seq is not null)`);
    this.#countKnown = prepare(`-- stepwell: reruns.count_known
      select count(*) as count from json_each(?) k join journal_entries j on j.run_seq = ? and j.step_id = k.value`);
    this.#copy = prepare(`-- stepwell: reruns.keep
      insert into journal_entries (run_seq, step_id, state, ord, op, step_type, name, memo, memo_event, event_id, started_at, ended_at,
                                   attempt, group_no, race, kept)
      select ?1, j.step_id, j.state, k.value ->> 1, j.op, j.step_type, j.name, j.memo, j.memo_event, j.event_id, ?2, ?2, 0, 0, 0, ${keptNumbers.reused}
        from json_each(?3) k join journal_entries j on j.run_seq = ?4 and j.step_id = k.value ->> 0`);
    this.#long = prepare(`-- stepwell: reruns.keep long
      select j.step_id, j.memo_payload from json_each(?) k join journal_entries j on j.run_seq = ? and j.step_id = k.value ->> 0
       where j.memo_payload is not null`);
    this.#copyPayload = prepare("-- stepwell: reruns.keep payload\ninsert into payloads (body) select body from payloads where id = ?");
    this.#setPayload = prepare(
      "-- stepwell: reruns.keep refer\nupdate journal_entries set memo_payload = ? where run_seq = ? and step_id = ?",
    );
    this.#give = prepare(`-- stepwell: reruns.give
      insert into journal_entries (run_seq, step_id, state, ord, op, step_type, name, memo, memo_payload, started_at, ended_at,
                                   attempt, group_no, race, kept)
      select ?1, step_id, 4, ?2, op, step_type, name, ?3, ?4, ?5, ?5, 0, 0, 0, ${keptNumbers.overridden}
        from journal_entries where run_seq = ?6 and step_id = ?7`);
    this.#copyInputs = prepare(`-- stepwell: reruns.keep arguments
      insert into step_arguments (run_seq, step_id, input)
      select ?1, a.step_id, a.input from json_each(?2) k join step_arguments a on a.run_seq = ?3 and a.step_id = k.value`);
  }

  apply(unit: RerunUnit, now: number): UnitOutcome {
    const { runs, accept, rules, connection, deadLetters } = this.#parts;
    const of = runs.findById(unit.of);
    if (of === undefined || this.#events.get(of.event_seq, of.seq)?.["whole"] !== 1) return { kind: "not_found" };
    const redrivenAs = unit.once === true ? deadLetters.redrivenAs(of.seq) : undefined;
    if (redrivenAs !== undefined) return { kind: "already_redriven", as: redrivenAs };
    const bytes = this.#sizeOf(of, unit.keep);
    if (bytes === undefined) return { kind: "not_found" };
    if (bytes > limits.runStateBytesMax) return { kind: "over_limit", limit: "runStateBytesMax" };
    const holder = this.#parts.gates.holderOf(unit.start);
    if (holder !== undefined && this.#parts.gates.isHeld(unit.start, holder)) return { kind: "singleton_held", by: holder.runId };
    const { cancelRules = [], timers = [], origin, dedupe: _, ...start } = unit.start;
    const result = accept.start({ ...start, wantsLease: false }, of.event_seq, of.environment_id, undefined, now);
    if (!isStarted(result)) return { kind: "refused", reason: `a rerun was turned away: ${result.kind}` };
    const { runSeq } = result;
    // What happened between the event and this moment happened to the run that is repeated.
    rules.add(runSeq, { ...unit.start, cancelRules, timers, ...(origin === undefined ? {} : { origin }) }, runSeq, of.environment_id);
    if (Number(this.#linkEvents.run(runSeq, of.seq).changes) === 0) accept.linkToEvent(runSeq, of.event_seq);
    const first = this.#chain.get(of.seq)?.["first_run"] ?? of.id;
    this.#insert.run(runSeq, of.id, String(first), unit.fromStep ?? null, unit.input ?? null, unit.name ?? null);
    connection.rowsWritten += 1;
    deadLetters.redriven(of.seq, unit.start.runId);
    if (unit.fromStep !== undefined || unit.keep.length > 0) this.#takeOver(runSeq, of, unit.keep, bytes, now);
    return { kind: "committed", runSeq };
  }

  /** The bytes of what is kept; `undefined`: not all of it is there. */
  #sizeOf(of: RunRow, keep: readonly KeptStep[]): number | undefined {
    const given = keep.filter(({ memo }) => memo !== undefined);
    const copied = keep.filter(({ memo }) => memo === undefined);
    const known = this.#countKnown.get(asJson(given.map(({ stepId }) => stepId)), of.seq) ?? {};
    const settled = this.#countSettled.get(asJson(copied.map(({ stepId }) => [stepId])), of.seq) ?? {};
    if (numberOf(known, "count") !== given.length || numberOf(settled, "count") !== copied.length) return undefined;
    let bytes = numberOf(settled, "bytes");
    for (const { memo = "" } of given) bytes += Buffer.byteLength(memo);
    return bytes;
  }

  #takeOver(runSeq: StoreSeq, of: RunRow, keep: readonly KeptStep[], bytes: number, now: number): void {
    const { runs, connection } = this.#parts;
    const copied = asJson(keep.flatMap(({ stepId, memo }, index) => (memo === undefined ? [[stepId, index + 1]] : [])));
    connection.rowsWritten += Number(this.#copy.run(runSeq, now, copied, of.seq).changes);
    for (const row of this.#long.all(copied, of.seq)) {
      const { lastInsertRowid } = this.#copyPayload.run(numberOf(row, "memo_payload"));
      this.#setPayload.run(lastInsertRowid, runSeq, textOf(row, "step_id"));
      connection.rowsWritten += 1;
    }
    const inputs = this.#copyInputs.run(runSeq, asJson(keep.map(({ stepId }) => stepId)), of.seq);
    connection.rowsWritten += Number(inputs.changes);
    for (const [index, { stepId, memo }] of keep.entries())
      if (memo !== undefined) this.#giveResult(runSeq, of, { stepId, memo, ord: index + 1 }, now);
    const run = runs.find(runSeq);
    if (run === undefined) throw new Error("a run that was just made is not there");
    run.journal_length = keep.length;
    run.step_count = keep.length;
    run.state_bytes = bytes;
    // Ids of steps are hashed as this version does it.
    run.version = of.version;
    runs.write(run);
  }

  #giveResult(
    runSeq: StoreSeq,
    of: RunRow,
    step: { readonly stepId: StepId; readonly memo: JsonText; readonly ord: number },
    now: number,
  ): void {
    const payload = Payloads.isLong(step.memo) ? this.#parts.payloads.append(step.memo) : null;
    this.#give.run(runSeq, step.ord, payload === null ? step.memo : null, payload, now, of.seq, step.stepId);
    this.#parts.connection.rowsWritten += 1;
  }
}
