// The shipped engine on the shipped SQLite store, with time, chance, the app and everything that goes wrong drawn from
// one seed.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine, EngineOptions } from "@stepwell/engine";
import { ScriptedApp, SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import type { RunId } from "@stepwell/protocol";
import type { CommitParams, Store, Unit } from "@stepwell/store";
import { AppSide } from "./app-side.ts";
import { BreakerWatch } from "./breaker-watch.ts";
import { type Build, soundBuild } from "./build.ts";
import { CallWatch } from "./call-watch.ts";
import { Cast } from "./cast.ts";
import { FarSide } from "./far-side.ts";
import { allInvariants } from "./invariants/all-invariants.ts";
import { type View, wrongOf } from "./invariants/invariant.ts";
import { LateCopies } from "./late-copies.ts";
import { Ledger } from "./ledger.ts";
import { People } from "./people.ts";
import { Processes } from "./processes.ts";
import { type SenderParts, sendInTheNickOfTime, sendSomething, sendToMany } from "./senders.ts";
import type { Holder, Surroundings } from "./surroundings.ts";
import { type Faults, fairWeather } from "./swarm.ts";
import { WallClock } from "./wall-clock.ts";
import { Watcher } from "./watcher.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly functions?: number;
  /** Functions have limits, drawn by a chance of their own. */
  readonly withLimits?: boolean;
  /** Functions ask for requests, drawn by a chance of their own. */
  readonly withRequests?: boolean;
  /** The same of options that are rarer, and of sleeps that are longer than events are kept. */
  readonly withRareOptions?: boolean;
  readonly withLongSleeps?: boolean;
  /** How often some things go wrong, whatever the seed would have drawn. */
  readonly faults?: Partial<Faults>;
  /** What is simulated; a broken build, to see whether it is noticed. */
  readonly build?: Build;
}

export class World implements Surroundings {
  readonly clock = new VirtualClock();
  readonly app = new ScriptedApp();
  readonly ledger = new Ledger();
  readonly watch: CallWatch;
  readonly watcher: Watcher;
  readonly chance: SeededRandom;
  readonly faultCounts = new Map<string, number>();
  readonly processes: Processes;
  faults: Faults = fairWeather;
  commits = 0;
  /** The first thing that was wrong. */
  violation: string | undefined;
  readonly #folder: string;
  readonly #wall: WallClock;
  readonly cast: Cast;
  readonly #people: People;
  readonly #appSide: AppSide;
  readonly #farSide: FarSide;
  readonly #senders: SenderParts;
  readonly #copies = new LateCopies(this);
  readonly #functionSlugs = new Map<number, string>();
  readonly #options: Partial<EngineOptions>;
  #isSurprised = false;

  constructor(options: WorldOptions) {
    this.#folder = mkdtempSync(join(tmpdir(), "stepwell-sim-"));
    const file = join(this.#folder, "sim.db");
    this.watcher = new Watcher(file);
    this.watch = new CallWatch(this);
    this.chance = new SeededRandom(options.seed);
    this.#wall = new WallClock(this.clock);
    const ownChance = (isWanted: boolean | undefined, salt: number): SeededRandom | undefined =>
      isWanted === true ? new SeededRandom(options.seed ^ salt) : undefined;
    this.cast = new Cast(this.chance, options.functions ?? 4, {
      limits: ownChance(options.withLimits, 0x71e3a5),
      requests: ownChance(options.withRequests, 0x2c1b3f),
      rare: ownChance(options.withRareOptions, 0x5a17c9),
      longSleeps: ownChance(options.withLongSleeps, 0x3d90e1),
    });
    for (const member of this.cast.members) this.app.add(member);
    this.#options = this.chance.chance(0.3) ? { retention: { runsMs: 1_800_000, eventsMs: 2_400_000 } } : {};
    const request = <Result>(work: (engine: Engine) => Promise<Result>): Promise<Result | undefined> => this.processes.request(work);
    const onCall = (runId: RunId): void => this.#copies.onCall(runId);
    this.#farSide = new FarSide(this, this.app);
    const breakers = new BreakerWatch(this, ({ id }) => (this.processes.owner?.id === id ? this.processes.owner.engine : undefined));
    const { app, watch } = this;
    this.#appSide = new AppSide({ world: this, app, watch, breakers, farSide: this.#farSide, request, onCall });
    this.#senders = { world: this, ledger: this.ledger, cast: this.cast, request };
    this.#people = new People(this.#senders);
    this.processes = new Processes({
      world: this,
      build: options.build ?? soundBuild,
      file,
      wall: this.#wall,
      random: new SeededRandom(options.seed ^ 0x5bd1e995),
      options: this.#options,
      appSide: this.#appSide,
      farSide: this.#farSide,
      registrations: () => this.cast.apps.map((app) => this.cast.registration(app, 0)),
      onCommit: () => {
        this.commits += 1;
      },
      onOccurrence: (occurrence, holder) => breakers.note(occurrence, holder),
    });
  }

  get store(): Store | undefined {
    return this.processes.owner?.opened;
  }

  get latestNow(): number {
    return this.#wall.latest;
  }

  newestPlace(): number {
    return Math.max(this.ledger.newestEnd, Number(this.watcher.one("select max(seq) as seq from events")?.["seq"] ?? 0));
  }

  callSeqOf(runSeq: number, generation: number): number {
    return this.watch.callSeqOf(runSeq, generation);
  }

  get setBackMs(): number {
    return this.#wall.setBackMs;
  }

  async close(): Promise<void> {
    this.processes.killAsleep();
    this.processes.killOwner();
    // What was under way comes to its end, or waits for time that does not pass any more.
    for (let quiet = 0; quiet < 2; quiet = this.clock.endTurn() ? 0 : quiet + 1) await new Promise((resolve) => setImmediate(resolve));
    this.watcher.close();
    await this.processes.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Whether the text stands anywhere in the files of the store. */
  isOnDisk(text: string): boolean {
    return readdirSync(this.#folder).some((name) => readFileSync(join(this.#folder, name)).includes(text));
  }

  // Faults and findings.

  happens(fault: keyof Faults): boolean {
    const rate = this.faults[fault];
    if (rate === 0 || !this.chance.chance(rate)) return false;
    this.count(fault);
    return true;
  }

  count(fault: keyof Faults): void {
    this.faultCounts.set(fault, (this.faultCounts.get(fault) ?? 0) + 1);
  }

  violate(message: string): void {
    this.violation ??= message;
  }

  surprise(): void {
    this.#isSurprised = true;
  }

  keepCopy(holder: Holder, units: readonly Unit[], params: CommitParams): void {
    this.#copies.keep({ holder, units, params });
  }

  check(): void {
    if (this.violation !== undefined) return;
    const view = this.view();
    for (const invariant of allInvariants) {
      const wrong = wrongOf(invariant, view);
      if (wrong !== undefined) this.violate(`${invariant.name}: ${wrong}`);
    }
  }

  /** What there is to look at, and what was written since it was last asked. */
  view(): View {
    const { retention } = this.#options;
    const { owner } = this.processes;
    return {
      watcher: this.watcher,
      changes: this.watcher.takeChanges(),
      ledger: this.ledger,
      watch: this.watch,
      cast: this.cast,
      now: this.clock.now(),
      setBackMs: this.setBackMs,
      latestNow: this.latestNow,
      ownerId: owner?.hasTakenOver === true ? owner.id : undefined,
      prunedBefore: retention === undefined ? undefined : this.#wall.latest - Math.min(retention.runsMs ?? 0, retention.eventsMs ?? 0),
      functionSlug: (id: number) => this.#slugOf(id),
    };
  }

  // What people and their machines do.

  send(): void {
    void sendSomething(this.#senders);
  }

  /** One thing besides sending that people, their programs and their machines do, each as often as it was drawn. */
  async disturb(): Promise<void> {
    const people = this.#people;
    if (this.happens("cancel")) void people.cancelOne();
    if (this.happens("cancelMany")) void people.cancelMany();
    if (this.happens("signal")) void people.signal();
    if (this.happens("invoke")) void people.invoke();
    if (this.happens("nickOfTime")) void sendInTheNickOfTime(this.#senders);
    if (this.happens("many")) void sendToMany(this.#senders);
    if (this.chance.chance(this.faults.staleCheckpoint)) void this.#appSide.sendStaleCheckpoint();
    if (this.happens("refusedRequest")) void people.askForNonsense();
    if (this.happens("sync")) void people.sync();
    if (this.happens("clockForward")) this.#wall.setForward(this.chance.pick([1_000, 60_000, 3_600_000]));
    if (this.happens("clockBack")) this.#wall.setBack(this.chance.pick([1_000, 30_000, 3_600_000]));
    if (this.happens("drain")) this.processes.drain();
    if (this.happens("sleepThrough")) this.processes.fallAsleep();
    if (this.happens("restart") || this.#isSurprised) {
      this.#isSurprised = false;
      this.processes.killOwner();
    }
    await this.settle();
  }

  /** The weather clears, and every function is there again. */
  async calm(): Promise<void> {
    this.faults = fairWeather;
    this.processes.killAsleep();
    for (let isWhole = false; !isWhole && this.violation === undefined; await this.step(0)) {
      const restored = this.#people.restoreAll();
      await this.settle();
      isWhole = (await Promise.race([restored, Promise.resolve(false)])) === true;
    }
  }

  /** Lets everything happen that needs no time to pass. What has gone wrong may go on for ever: then it ends. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 2 && this.violation === undefined; ) {
      await new Promise((resolve) => setImmediate(resolve));
      await this.processes.supervise();
      quiet = this.clock.endTurn() ? 0 : quiet + 1;
    }
  }

  /** Everything that needs no time, then time up to the next thing, and what comes so soon after it that it is one turn. */
  async step(togetherMs: number): Promise<void> {
    await this.settle();
    const next = this.clock.nextAt;
    if (next !== undefined) this.clock.moveTo(Math.max(next, this.clock.now()) + togetherMs);
    await this.settle();
    this.processes.grow();
    this.check();
  }

  #slugOf(functionId: number): string {
    let slug = this.#functionSlugs.get(functionId);
    if (slug === undefined) {
      slug = String(this.watcher.one("select slug from functions where id = ?", functionId)?.["slug"]);
      this.#functionSlugs.set(functionId, slug);
    }
    return slug;
  }
}
