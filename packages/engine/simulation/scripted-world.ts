// A small world without chance, for races that are written down.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { buildEngine, type Call } from "@stepwell/engine";
import { ScriptedApp, type ScriptedFunction, SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import { type EventIdSeed, epochMs, parseRegisterRequest } from "@stepwell/protocol";
import type { Unit } from "@stepwell/store";
import { openSqliteStore } from "@stepwell/store-sqlite";

const statusNames = ["queued", "running", "completed", "failed", "cancelled", "skipped"];

export interface ScriptedWorld extends AsyncDisposable {
  readonly calls: readonly Call[];
  /** Always with the same seed: a second send is a sender's retry. */
  send(name: string): Promise<void>;
  runUntilQuiet(): Promise<void>;
  statuses(): readonly string[];
  stepsRun(): Readonly<Record<string, number>>;
  /** How many units of each batch had an effect of the kind; batches without one are left out. */
  batchesWith(effect: string): readonly number[];
  /** The next batch that fits is committed, and its answer is lost. */
  loseAnswerOf(fits: (units: readonly Unit[]) => boolean): void;
}

export async function startScripted(functions: readonly ScriptedFunction[]): Promise<ScriptedWorld> {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-case-"));
  const file = join(folder, "case.db");
  const clock = new VirtualClock();
  const app = new ScriptedApp();
  for (const scripted of functions) app.add(scripted);
  const calls: Call[] = [];
  const batches: (readonly Unit[])[] = [];
  let losing: ((units: readonly Unit[]) => boolean) | undefined;
  const store = await openSqliteStore({ file, now: clock.now(), synchronous: "off", reader: "inline" });
  const commit = store.commit.bind(store);
  store.commit = async (units, params) => {
    batches.push(units);
    const result = await commit(units, params);
    if (losing?.(units) === true) {
      losing = undefined;
      throw new Error("the answer was lost");
    }
    return result;
  };
  const transport = {
    inProcess: false,
    call(call: Call) {
      calls.push({ ...call, memos: new Map(call.memos) });
      return Promise.resolve(app.answer(call));
    },
  };
  const engine = buildEngine({ store, transport, clock, random: new SeededRandom(1) });
  await engine.start();
  await engine.syncApp(registration(functions));
  const reader = new DatabaseSync(file, { readOnly: true });

  const settle = async (): Promise<void> => {
    for (let quiet = 0; quiet < 2; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = clock.endTurn() ? 0 : quiet + 1;
    }
  };
  const seed: EventIdSeed = { senderNowAt: epochMs(clock.now()), entropy: new Uint8Array(10) };
  return {
    calls,
    async send(name) {
      const sent = engine.sendEvents({ events: [{ name, data: {} }], seed });
      sent.catch(() => undefined); // It is awaited below, after the turns that settle it.
      await settle();
      await sent;
    },
    async runUntilQuiet() {
      await settle();
      for (let next = clock.nextAt; next !== undefined; next = clock.nextAt) {
        clock.moveTo(next);
        await settle();
      }
    },
    statuses: () =>
      reader
        .prepare("select status from runs order by seq")
        .all()
        .map((row) => statusNames[Number(row["status"])] ?? ""),
    stepsRun: () => Object.fromEntries([...app.finished].map(([key, count]) => [key.split(" ")[1] ?? "", count])),
    batchesWith: (kind) =>
      batches
        .map((units) => units.filter((unit) => unit.kind === "call" && unit.effects.some((effect) => effect.kind === kind)).length)
        .filter((count) => count > 0),
    loseAnswerOf(fits) {
      losing = fits;
    },
    async [Symbol.asyncDispose]() {
      reader.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function registration(functions: readonly ScriptedFunction[]): Parameters<ReturnType<typeof buildEngine>["syncApp"]>[0] {
  const listed = functions.map(({ slug }) => ({
    id: slug,
    name: slug,
    triggers: [{ event: slug }],
    steps: { step: { id: "step", name: "step", runtime: { type: "http", url: `http://localhost:1/?fnId=${slug}` } } },
  }));
  const parsed = parseRegisterRequest(JSON.stringify({ appName: "sim", url: "http://localhost:1/", sdk: "js:v4", functions: listed }));
  if (parsed.kind !== "register") throw new Error(parsed.message);
  return parsed.request;
}
