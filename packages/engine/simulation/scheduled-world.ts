// An engine whose functions run by schedules, in a process that dies at moments drawn from a seed.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { buildEngine, type Engine, type Transport } from "@stepwell/engine";
import { ScriptedApp, type ScriptedFunction, SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import { type EpochMs, epochMs, parseRegisterRequest, type RegisterRequest } from "@stepwell/protocol";
import type { Store } from "@stepwell/store";
import { openSqliteStore } from "@stepwell/store-sqlite";

export interface ScheduledFunction extends ScriptedFunction {
  /** As an app registers them: an expression with `jitter`, `catchUp` and `overlap`. */
  readonly triggers: readonly { readonly cron: string; readonly [option: string]: unknown }[];
}

/** One run of a schedule, or a reason for none. */
export interface Outcome {
  readonly slug: string;
  readonly cron: string;
  readonly scheduledAt: number;
  readonly fireAt: number;
  /** When it was recorded. */
  readonly at: number;
  readonly reason?: string;
  readonly status?: number;
}

interface Process {
  readonly store: Store;
  isDead: boolean;
}

export class ScheduledWorld {
  readonly clock: VirtualClock;
  readonly chance: SeededRandom;
  /** Of each commit: the process dies before it, or after it; or the store fails and the process lives. */
  faultRate = 0;
  faultCount = 0;
  readonly #folder = mkdtempSync(join(tmpdir(), "stepwell-scheduled-"));
  readonly #app = new ScriptedApp();
  readonly #random: SeededRandom;
  readonly #functions: readonly ScheduledFunction[];
  #process: Process | undefined;

  constructor(seed: number, now: EpochMs, functions: readonly ScheduledFunction[]) {
    this.clock = new VirtualClock(now);
    this.chance = new SeededRandom(seed);
    this.#random = new SeededRandom(seed ^ 0x5bd1e995);
    this.#functions = functions;
    for (const scripted of functions) this.#app.add(scripted);
  }

  /** Lives until then; a process that dies is started anew, now and then a while later. */
  async liveUntil(until: EpochMs): Promise<void> {
    for (;;) {
      if (this.#process?.isDead !== false) await this.#startAnew();
      await this.#settle();
      if (this.#process?.isDead !== false) {
        if (this.chance.chance(0.5)) this.clock.moveTo(this.clock.now() + this.chance.below(90_000));
        continue;
      }
      const next = this.clock.nextAt;
      if (next === undefined || next > until) return this.clock.moveTo(until);
      this.clock.moveTo(next);
    }
  }

  /** What became of every tick, in the order in which it was recorded. */
  outcomes(): readonly Outcome[] {
    const reader = new DatabaseSync(join(this.#folder, "s.db"), { readOnly: true });
    const rows = reader
      .prepare(
        `select e.data, e.received_at, f.slug, r.status, null as kind from events e join runs r on r.event_seq = e.seq join functions f on f.id = r.function_id
         union all select e.data, e.received_at, f.slug, null, o.kind from events e join event_outcomes o on o.event_seq = e.seq join functions f on f.id = o.function_id
         order by 2`,
      )
      .all();
    reader.close();
    return rows.map((row) => {
      const data = JSON.parse(String(row["data"])) as { readonly cron: string; readonly scheduledAt: string; readonly fireAt: string };
      return {
        slug: String(row["slug"]),
        cron: data.cron,
        scheduledAt: Date.parse(data.scheduledAt),
        fireAt: Date.parse(data.fireAt),
        at: Number(row["received_at"]),
        ...(row["kind"] === null ? { status: Number(row["status"]) } : { reason: String(row["kind"]) }),
      };
    });
  }

  async close(): Promise<void> {
    await this.#process?.store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #startAnew(): Promise<void> {
    await this.#process?.store.close().catch(() => undefined);
    this.clock.clear();
    const mine: { process: Process | undefined } = { process: undefined };
    const faults = { beforeCommit: () => this.#maybe(mine), afterCommit: () => this.#maybe(mine) };
    const file = join(this.#folder, "s.db");
    const store = await openSqliteStore({ file, now: this.clock.now(), synchronous: "off", reader: "inline", faults });
    const engine = buildEngine({ store, transport: this.#transport(), clock: this.clock, random: this.#random });
    const process = { store, isDead: false };
    mine.process = process;
    this.#process = process;
    // Whatever fails on the way up ends the process, as a supervisor would see it.
    void this.#comeUp(engine).catch(() => {
      process.isDead = true;
    });
  }

  async #comeUp(engine: Engine): Promise<void> {
    await engine.start();
    await engine.syncApp(this.#registration());
  }

  #maybe({ process }: { readonly process: Process | undefined }): void {
    if (process === undefined || !this.chance.chance(this.faultRate)) return;
    this.faultCount += 1;
    if (this.chance.chance(0.5)) process.isDead = true;
    throw new Error(process.isDead ? "the process died" : "the disk is full, for a moment");
  }

  #transport(): Transport {
    return { inProcess: false, call: (call) => Promise.resolve(this.#app.answer(call)) };
  }

  async #settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; ) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#process?.isDead === true) return;
      quiet = this.clock.endTurn() ? 0 : quiet + 1;
    }
  }

  #registration(): RegisterRequest {
    const functions = this.#functions.map(({ slug, triggers }) => ({
      id: slug,
      name: slug,
      triggers,
      steps: { step: { runtime: { type: "http", url: `http://localhost:1/?fnId=${slug}` } } },
    }));
    const parsed = parseRegisterRequest(JSON.stringify({ appName: "sim", url: "http://localhost:1/", sdk: "js:v4", functions }));
    if (parsed.kind !== "register") throw new Error(parsed.message);
    return parsed.request;
  }
}

export const scheduledFrom = epochMs(Date.UTC(2026, 0, 1, 10));
