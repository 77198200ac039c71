// Guards of limits, each taken out on its own.

import type { BrokenBuildCase } from "./broken-builds.ts";

const calls = "store-sqlite/src/calls.ts";
const shortCalls = "store-sqlite/src/short-calls.ts";

export const brokenLimits: readonly BrokenBuildCase[] = [
  {
    name: "the slot that a run gives back with its end, where the guard is the update itself",
    edits: [{ file: shortCalls, from: '    if (next.kind === "end") this.#parts.lanes.endRun(runSeq);\n', to: "" }],
    withLimits: true,
    seed: 25,
    notices: /I6/,
  },
  {
    name: "the slot that a run gives back with its end, where the row is read first",
    edits: [{ file: calls, from: "    this.#parts.lanes.endRun(run.seq);\n", to: "" }],
    withLimits: true,
    seed: 6,
    notices: /I6/,
  },
  {
    name: "the slot that a step's item gives back",
    edits: [{ file: calls, from: "    this.#parts.lanes.giveStep(runSeq, itemSeq);\n", to: "" }],
    withLimits: true,
    seed: 6,
    notices: /I6/,
  },
  {
    name: "the count of slots in the unit that takes one",
    edits: [
      {
        file: "store-sqlite/src/slots.ts",
        from: "      pool.used += 1;\n      if (pool.kind",
        to: "      if (pool.kind",
      },
    ],
    withLimits: true,
    seed: 1,
    notices: /I4/,
  },
  {
    name: "the count of the call that finds out for all whether a breaker closes",
    edits: [{ file: "store-sqlite/src/slots.ts", from: "!pool.elders.has(key)) pool.probes += 1;", to: "false) pool.probes += 1;" }],
    withLimits: true,
    withRareOptions: true,
    seed: 30,
    notices: /W9/,
  },
  {
    name: "the hold of a breaker that was open when the file is opened",
    edits: [{ file: "engine/src/admission/breakers.ts", from: "      await this.#parts.hold(subject, state.until);\n", to: "" }],
    withLimits: true,
    withRareOptions: true,
    seed: 1,
    notices: /W9/,
  },
  {
    name: "the slots that are held when the file is opened",
    edits: [{ file: "store-sqlite/src/slots.ts", from: 'this.#ownAsRun(numberOf(row, "seq"), this.#gatesOf(row).runPools);', to: "{}" }],
    withLimits: true,
    seed: 2,
    notices: /I4/,
  },
  {
    name: "the wake-up of a lane by a slot that is free",
    edits: [{ file: "store-sqlite/src/lanes.ts", from: "    if (pool.waiters.size > 0) this.#wakeFirst(pool);\n    else ", to: "    " }],
    withLimits: true,
    seed: 1,
    notices: /I7/,
  },
];
