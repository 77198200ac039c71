// Guards of waits, timers, ends and cursors, each taken out on its own.

import type { BrokenBuildCase } from "./broken-builds.ts";

const waitUnits = "store-sqlite/src/wait-units.ts";
const runEnds = "store-sqlite/src/run-ends.ts";
const timers = "store-sqlite/src/timers.ts";
const machine = "engine/src/engine-machine.ts";

export const brokenWaits: readonly BrokenBuildCase[] = [
  {
    name: "the look of a wait at what came since its call",
    edits: [{ file: waitUnits, from: "waitsFor.lookBackFrom !== undefined || this.#mayHaveMissed", to: "false && this.#mayHaveMissed" }],
    seed: 1,
    notices: /W1/,
  },
  {
    name: "the look of a successor at what its predecessor had not looked at",
    edits: [{ file: machine, from: "    await this.#matcher.takeOver();\n", to: "" }],
    seed: 1,
    faults: { restart: 0.05 },
    notices: /W[15]/,
  },
  {
    name: "the look after a commit whose answer was lost",
    edits: [{ file: machine, from: "    this.#matcher.recover();\n", to: "" }],
    seed: 16,
    faults: { loseAnswer: 0.15, restart: 0, crashBeforeCommit: 0, crashAfterCommit: 0, sleepThrough: 0 },
    notices: /W[15]/,
  },
  {
    name: "the patience of a wait's time with events that came before it",
    edits: [{ file: "engine/src/timers/timer-loop.ts", from: "if (waits.length > 0) await matched();", to: "" }],
    seed: 1,
    notices: /W1/,
  },
  {
    name: "the patience of a wait's time with commits that are under way",
    edits: [{ file: machine, from: "writer.flushed().then(() => this.#matcher.settled())", to: "this.#matcher.settled()" }],
    seed: 14,
    faults: { nickOfTime: 0.3, clockBack: 0, signal: 0 },
    notices: /W1/,
  },
  {
    name: "the mark of what was looked at, which stands while anything is to be looked at",
    edits: [
      {
        file: "engine/src/waits/event-matcher.ts",
        from: "if (this.#isBusy || this.#isStopped || !this.#hasTakenOver) return undefined;",
        to: "if (this.#isStopped || !this.#hasTakenOver) return undefined;",
      },
    ],
    seed: 1,
    faults: { restart: 0.05 },
    notices: /W[15]/,
  },
  {
    name: "the time of a wait that an event came after",
    edits: [{ file: "engine/src/waits/wait-match.ts", from: "    if (record.receivedAt > wait.dueAt) return false;\n", to: "" }],
    seed: 3,
    faults: { nickOfTime: 0.3 },
    notices: /W1/,
  },
  {
    name: "the condition of a wait",
    edits: [
      {
        file: "engine/src/waits/wait-match.ts",
        from: 'return result.kind === "value" && result.value;',
        to: 'return result.kind === "value";',
      },
    ],
    seed: 1,
    notices: /W[15]/,
  },
  {
    name: "the one time that an event counts for waits of a name",
    edits: [{ file: waitUnits, from: "this.#isTaken.get(run.seq, result.eventId, run.seq, wait.step_id) !== undefined", to: "false" }],
    seed: 61,
    notices: /W1/,
  },
  {
    name: "the end of a wait's row with its result",
    edits: [{ file: waitUnits, from: "    this.#end(wait);\n    if (result.kind", to: "    if (result.kind" }],
    seed: 1,
    notices: /W2|I\d/,
  },
  {
    name: "the one time that a kept signal is taken",
    edits: [
      {
        file: waitUnits,
        from: "delete from kept_signals where environment_id = ? and name = ? returning data, kept_until",
        to: "select data, kept_until from kept_signals where environment_id = ? and name = ?",
      },
    ],
    seed: 1,
    faults: { signal: 0.4 },
    notices: /W[23]/,
  },
  {
    name: "the word of a child's end to its parent",
    edits: [{ file: runEnds, from: "if ((run.ties & runTies.parent) !== 0) this.#tellParents(run, end, now);", to: "" }],
    seed: 3,
    notices: /W4/,
  },
  {
    name: "the sweep of what an ended run waits for",
    edits: [{ file: runEnds, from: "    rows.removeAll(run.seq);\n", to: "" }],
    seed: 1,
    notices: /I3|W2/,
  },
  {
    name: "the sweep of an ended run's deadlines",
    edits: [{ file: runEnds, from: "    timers.removeAll(run.seq);\n", to: "" }],
    seed: 2,
    notices: /I3/,
  },
  {
    name: "the events of a run's end",
    edits: [
      {
        file: "engine/src/events/end-events.ts",
        from: "if (names.length === 0 || !tellsItsEnd",
        to: "if (names.length < 2 || !tellsItsEnd",
      },
    ],
    seed: 3,
    notices: /W6/,
  },
  {
    name: "the due time of timers and waits",
    edits: [
      { file: timers, from: "select * from timers where due_at <= ? order", to: "select * from timers where due_at <= ? + 1000 order" },
      { file: timers, from: "where w.due_at <= ? order", to: "where w.due_at <= ? + 1000 order" },
    ],
    seed: 1,
    notices: /W[1457]/,
  },
];
