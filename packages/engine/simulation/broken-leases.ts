// Guards of leases, journals, epochs and the queue, each taken out on its own.

import type { BrokenBuildCase } from "./broken-builds.ts";

const calls = "store-sqlite/src/calls.ts";
const shortCalls = "store-sqlite/src/short-calls.ts";
const journal = "store-sqlite/src/journal.ts";
const queue = "store-sqlite/src/queue.ts";
const accept = "store-sqlite/src/accept.ts";
const units = "store-sqlite/src/units.ts";

export const brokenLeases: readonly BrokenBuildCase[] = [
  {
    name: "the generation of a run's own lease, where the guard is the update itself",
    edits: [{ file: shortCalls, from: "and generation = ?3", to: "and ?3 is not null" }],
    seed: 27,
    notices: /I5/,
  },
  {
    name: "the generation of a run's own lease, where the row is read first",
    edits: [{ file: calls, from: " || run.generation !== lease.generation) return leaseLost", to: ") return leaseLost" }],
    seed: 5,
    notices: /I5/,
  },
  {
    name: "the generation of a step's lease",
    edits: [{ file: calls, from: " || item.generation !== lease.generation", to: "" }],
    seed: 18,
    notices: /I5/,
  },
  {
    name: "the holder of a run's own lease, where the guard is the update itself",
    edits: [{ file: shortCalls, from: "and holder_id = ?2", to: "and ?2 is not null" }],
    seed: 40,
    notices: /I5/,
  },
  {
    name: "the holder of a run's own lease, where the row is read first",
    edits: [{ file: calls, from: "run.holder_id !== lease.holderId || ", to: "" }],
    seed: 4,
    notices: /I5/,
  },
  {
    name: "the holder of a step's lease",
    edits: [{ file: calls, from: "item.state !== 2 || item.holder_id !== lease.holderId || ", to: "" }],
    seed: 14,
    notices: /I5/,
  },
  {
    name: "the end of the run, where the guard is the update itself",
    edits: [
      { file: shortCalls, from: " and ended_at is null\n", to: "\n" },
      // An ended run has no holder; without this the guard before it would stand in.
      { file: shortCalls, from: "and holder_id = ?2", to: "and ?2 is not null" },
    ],
    seed: 5,
    notices: /I[35]/,
  },
  {
    name: "the end of the run, where the row is read first",
    edits: [{ file: calls, from: "if (run.ended_at !== null) return", to: "if (run.ended_at === -1) return" }],
    seed: 4,
    notices: /I[35]/,
  },
  {
    name: "the length of the journal, where the guard is the update itself",
    edits: [
      { file: shortCalls, from: "and journal_length = ?4", to: "and ?4 is not null" },
      { file: shortCalls, from: "and step_count = ?4", to: "and step_count = journal_length" },
    ],
    seed: 49,
    notices: /I[25]/,
  },
  {
    name: "the length of the journal, where the row is read first",
    edits: [
      { file: calls, from: "lease.journalLength === undefined || lease.journalLength === run.journal_length", to: "run !== undefined" },
    ],
    seed: 29,
    notices: /I[25]/,
  },
  {
    name: "the first result of a step wins, as the run's row counts it",
    edits: [{ file: journal, from: "if (known === undefined || known.state <= lastOpenState) {", to: "if (run.seq > 0) {" }],
    seed: 20,
    notices: /I2/,
  },
  {
    name: "the first result of a step wins, as the journal writes it",
    edits: [
      { file: journal, from: "where state <= 3", to: "where state <= 9" },
      { file: journal, from: "if (known === undefined || known.state <= lastOpenState) {", to: "if (run.seq > 0) {" },
    ],
    seed: 20,
    notices: /I2/,
  },
  {
    name: "a wake that comes while the run is in hand",
    edits: [{ file: calls, from: "if (run.woken === 0 && !isGroupDone) return;", to: "if (!isGroupDone) return;" }],
    seed: 1,
    notices: /I6/,
  },
  {
    name: "the epoch of whoever claims",
    edits: [{ file: queue, from: "params.epoch !== this.#parts.epoch || ", to: "" }],
    seed: 10,
    notices: /I5/,
  },
  {
    name: "the epoch of whoever takes born leases",
    edits: [{ file: accept, from: "holder.epoch === this.#parts.epoch ? holder.id : undefined", to: "holder.id" }],
    seed: 26,
    notices: /I5/,
  },
  {
    name: "the take-over",
    edits: [
      {
        file: queue,
        from: "const runs = this.#heldRuns.all(holderId, params.limit);",
        to: "const runs = this.#heldRuns.all(-1, params.limit);",
      },
    ],
    seed: 1,
    notices: /I5/,
  },
  {
    name: "the generation of a checkpoint",
    edits: [{ file: "engine/src/attempts/checkpoint.ts", from: " || run.generation !== params.generation", to: "" }],
    seed: 1,
    notices: /I[25]/,
  },
  {
    name: "the commit of every tenth reply",
    edits: [
      {
        file: units,
        from: "return parts.calls.apply(unit, now);",
        to: 'return parts.connection.seq % 10 === 0 ? { kind: "committed" } : parts.calls.apply(unit, now);',
      },
    ],
    seed: 1,
    notices: /I\d/,
  },
  {
    name: "the place of a reply's steps among those that settled",
    edits: [{ file: shortCalls, from: "journalLength + written + 1", to: "journalLength + 1" }],
    seed: 10,
    notices: /I2/,
  },
  {
    name: "the sweep of what an ended run has in the queue",
    edits: [{ file: calls, from: "    this.#parts.items.removeAll(run.seq);", to: "" }],
    seed: 2,
    notices: /I3/,
  },
  {
    name: "the due time of what is parked",
    edits: [{ file: queue, from: "where state = 0 and due_at <= ? order by", to: "where state = 0 and due_at <= ? + 1000 order by" }],
    seed: 5,
    notices: /I7/,
  },
];
