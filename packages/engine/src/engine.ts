// Puts the parts together: an event goes from `events` over the writer into `hands` and `attempts`; what waits comes
// back through the claim loop.

import { isEnded, limits, type RunId } from "@stepwell/protocol";
import type { AppRecord, ClaimedItem, FunctionRecord, RunReport, WakeHint } from "@stepwell/store";
import { rankUnderWay } from "@stepwell/store";
import { Registry } from "./apps/registry.ts";
import { decideSync } from "./apps/sync-app.ts";
import { saveCheckpoint } from "./attempts/checkpoint.ts";
import { executeAttempts } from "./attempts/execute-attempts.ts";
import type { AttemptTotals, Workshop } from "./attempts/workshop.ts";
import type {
  CancelRunResult,
  CheckpointParams,
  CheckpointResult,
  Engine,
  EngineGauges,
  EngineOptions,
  EngineParts,
  RunPhase,
  SendEventsParams,
  SendEventsResult,
  SyncAppOutcome,
} from "./engine-interface.ts";
import { engineDefaults } from "./engine-options.ts";
import { type Acceptance, type AcceptContext, decideAccept } from "./events/accept-event.ts";
import { settleAcceptance } from "./events/settle-acceptance.ts";
import { ClaimLoop } from "./queue/claim-loop.ts";
import { Hands } from "./queue/hands.ts";
import { unlimitedLane } from "./queue/lane-of.ts";
import { LostLeases } from "./queue/lost-leases.ts";
import { takeOver } from "./queue/take-over.ts";
import { HistoryPruner } from "./retention/prune-history.ts";
import { leaseOf, type RunInHand } from "./runs/run-in-hand.ts";
import { runPhase } from "./runs/run-phase.ts";
import { memosOf, takeClaimed } from "./runs/take-in-hand.ts";
import { EngineTimers } from "./timers/engine-timers.ts";
import { BatchWriter } from "./writer/batch-writer.ts";

/** How often `stop` looks whether the calls under way have come back. */
const stopLookMs = 10;

/** Makes an engine from its parts. It does nothing before `start`. */
export function buildEngine(parts: EngineParts): Engine {
  return new StepEngine(parts);
}

class StepEngine implements Engine, Workshop {
  readonly clock: Workshop["clock"];
  readonly random: Workshop["random"];
  readonly transport: Workshop["transport"];
  readonly observer: Workshop["observer"];
  readonly writer: BatchWriter;
  readonly policy: Workshop["policy"];
  readonly totals: AttemptTotals = {
    callsMade: 0,
    runsStarted: 0,
    runsCompleted: 0,
    runsFailed: 0,
    runsCancelled: 0,
    stepsSettled: 0,
    attemptsFailed: 0,
  };
  isStopping = false;
  readonly #store: EngineParts["store"];
  readonly #options: EngineOptions;
  readonly #registry = new Registry();
  readonly #hands: Hands;
  readonly #claims: ClaimLoop;
  readonly #lostLeases: LostLeases;
  readonly #pruner: HistoryPruner;
  readonly #timers: EngineTimers;
  #eventsAccepted = 0;
  #isStarted = false;

  constructor(parts: EngineParts) {
    const { store, clock, observer } = parts;
    this.clock = clock;
    this.random = parts.random;
    this.transport = parts.transport;
    this.observer = observer;
    this.#store = store;
    this.#options = { ...engineDefaults, ...parts.options };
    this.policy = { random: parts.random, intervalMs: this.#options.retryIntervalMs };
    this.writer = new BatchWriter({ store, clock, onWake: (wake) => this.#wake(wake) });
    this.#hands = new Hands({
      callsInFlightMax: this.#options.callsInFlightMax,
      bornLeasedMax: this.#options.bornLeasedMax,
      work: (run) => executeAttempts(this, run),
      onRoom: () => this.#claims.look(),
    });
    this.#claims = new ClaimLoop({
      store,
      clock,
      room: () => this.#hands.roomForClaims,
      take: (items) => this.#takeClaimed(items),
      onOver: () => this.#hands.fillRest(),
      onReadiness: (rowsAreReady) => {
        this.#hands.rowsAreReady = rowsAreReady;
      },
      onFailure: (error, retryInMs) => {
        this.#storeFailed("a claim", error, retryInMs);
        this.#lostLeases.look();
      },
    });
    this.#lostLeases = new LostLeases({
      store,
      clock,
      writer: this.writer,
      isInHand: (itemId) => this.#hands.find(itemId) !== undefined,
      isClaiming: () => this.#claims.isClaiming,
      onFailure: (error, retryInMs) => this.#storeFailed("giving back what is not in hand", error, retryInMs),
    });
    this.#pruner = new HistoryPruner({ store, clock, observer, rules: this.#options.retention });
    this.#timers = new EngineTimers({
      store,
      clock,
      random: parts.random,
      writer: this.writer,
      registry: this.#registry,
      acceptContext: () => this.#acceptContext(),
      accept: (acceptance) => this.#accept(acceptance),
      onFailure: (error, retryInMs) => this.#storeFailed("firing timers", error, retryInMs),
    });
  }

  get holderId(): Workshop["holderId"] {
    return this.#store.holder.id;
  }

  readonly now = (): ReturnType<Workshop["clock"]["now"]> => this.clock.now();

  get reports(): Engine["reports"] {
    return this.#store.reports;
  }

  async start(): Promise<void> {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const { apps, functions } = await this.#store.apps.list();
    for (const app of apps) this.#registry.setApp(app);
    for (const app of apps)
      this.#registry.setFunctions(
        app,
        functions.filter((record) => record.appId === app.id),
      );
    const freed = await takeOver({ store: this.#store, clock: this.clock, countLosses: this.transport.inProcess });
    if (freed > 0) this.observer?.emit({ kind: "queue.taken_over", at: this.clock.now(), freed });
    this.#claims.start();
    await this.#timers.start();
    this.#pruner.start();
  }

  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.isStopping = true;
    this.#claims.stop();
    this.#timers.stop();
    this.#pruner.stop();
    this.#lostLeases.stop();
    await Promise.all(this.#hands.pause().map((run) => this.release(run)));
    const until = this.clock.now() + graceMs;
    while (
      (this.#hands.inFlight > 0 || !this.writer.isIdle || this.#claims.isClaiming || this.#timers.isFiring) &&
      this.clock.now() < until
    )
      await this.#pause(stopLookMs);
    // Whoever still works is told to stop; what they hold is freed by the next owner of the file.
    for (const run of this.#hands.everyone()) run.abort?.abort();
  }

  async sendEvents(params: SendEventsParams): Promise<SendEventsResult> {
    const decision = decideAccept(params, this.#acceptContext());
    if (decision.kind === "refused") {
      const message = `the request would cause ${decision.effects} rows in one commit; the limit is ${limits.effectsPerCommitMax} (effectsPerCommitMax). Send fewer events at once`;
      return { kind: "refused", code: "too_many_effects", message };
    }
    const { acceptance } = decision;
    await this.#accept(acceptance);
    return { kind: "accepted", ids: acceptance.ids };
  }

  async syncApp(request: Parameters<Engine["syncApp"]>[0]): Promise<SyncAppOutcome> {
    const now = this.clock.now();
    const decision = decideSync(request, { environmentId: this.#store.environmentId, mode: this.#options.mode, now });
    const about = { at: now, appName: request.appName, url: request.url };
    if (decision.kind === "refused") {
      await this.setAppError({ appName: request.appName, error: decision.message });
      this.observer?.emit({ kind: "app.sync_refused", ...about, code: decision.code, message: decision.message });
      return decision;
    }
    const before = new Map(this.#registry.functions().map((record) => [record.slug, record.version]));
    const { modified, app, functions } = await this.#store.apps.sync(decision.params);
    this.#registry.setFunctions(app, functions);
    await this.#timers.followSchedules({ isChanged: modified });
    const changed = functions.filter(({ slug, version }) => before.get(slug) !== version).map(({ slug }) => slug);
    const count = functions.filter(({ archivedAt }) => archivedAt === undefined).length;
    this.observer?.emit({ kind: "app.synced", ...about, functions: count, modified, warnings: decision.warnings, changed });
    return { kind: "synced", app, modified, warnings: decision.warnings };
  }

  async setAppError({ appName, error }: { readonly appName: string; readonly error: string | undefined }): Promise<void> {
    const app = this.#registry.app(appName);
    if (app === undefined || app.error === error) return;
    await this.#store.apps.setError({ environmentId: this.#store.environmentId, name: appName, error, now: this.clock.now() });
    const { error: _, ...rest } = app;
    this.#registry.setApp(error === undefined ? rest : { ...rest, error });
  }

  async removeApp({ appName }: { readonly appName: string }): Promise<boolean> {
    const app = this.#registry.app(appName);
    if (app === undefined) return false;
    const isRemoved = await this.#store.apps.remove({ environmentId: this.#store.environmentId, appId: app.id, now: this.clock.now() });
    this.#registry.dropApp(app.id);
    await this.#timers.followSchedules({ isChanged: true });
    return isRemoved;
  }

  async checkpoint(params: CheckpointParams): Promise<CheckpointResult> {
    const run = this.#hands.find(params.itemId);
    const result =
      run !== undefined && run.runId === params.runId && !run.isEnded
        ? await saveCheckpoint(this, run, params)
        : await this.#refuseCheckpoint(params);
    if (result.kind === "stale") this.observer?.emit({ kind: "checkpoint.stale", at: this.clock.now(), runId: params.runId });
    return result;
  }

  /** Nothing of the run is in hand that the checkpoint could belong to. */
  async #refuseCheckpoint(params: CheckpointParams): Promise<CheckpointResult> {
    const stored = await this.#store.runs.find(params.runId);
    if (stored === undefined) return { kind: "not_found" };
    return isEnded(stored.status) ? { kind: "run_ended", status: stored.status } : { kind: "stale" };
  }

  async cancelRun({ runId, reason }: { readonly runId: RunId; readonly reason: string }): Promise<CancelRunResult> {
    const now = this.clock.now();
    const outcome = await this.writer.commit({ kind: "cancel", runId, reason, endedAt: now });
    if (outcome.kind === "not_found") return { kind: "not_found" };
    if (outcome.kind === "run_ended") return { kind: "already_ended", status: outcome.status };
    this.totals.runsCancelled += 1;
    const held = this.#hands.ofRun(runId);
    for (const run of held) {
      run.isEnded = true;
      run.abort?.abort();
    }
    const slug = held[0]?.entry.target.slug ?? "";
    this.observer?.emit({ kind: "run.ended", at: now, runId, slug, status: "cancelled", queuedAt: held[0]?.queuedAt ?? now });
    return { kind: "cancelled" };
  }

  apps(): readonly AppRecord[] {
    return this.#registry.apps();
  }

  functions(): readonly FunctionRecord[] {
    return this.#registry.functions();
  }

  findFunction(name: string): FunctionRecord | undefined {
    return this.#registry.find(name);
  }

  phaseOf(run: RunReport): RunPhase {
    const held = this.#hands.find(run.id);
    return runPhase(run, this.clock.now(), held?.isInCall === true, held !== undefined && !held.isInCall && held.calls === 0);
  }

  measureQueue(): ReturnType<Engine["measureQueue"]> {
    return this.#store.queue.measure({ now: this.clock.now() });
  }

  gauges(): EngineGauges {
    const { commits, rowsWritten } = this.#store.counters;
    const { batches, units, commitMs } = this.writer.totals;
    return {
      ...this.totals,
      eventsAccepted: this.#eventsAccepted,
      callsInFlight: this.#hands.inFlight,
      runsInMemory: this.#hands.size,
      batches,
      units,
      commitMs,
      commits,
      rowsWritten,
    };
  }

  // What attempts need of the engine.

  othersWait(): boolean {
    return this.#hands.waiting > 0 || this.#claims.hasMore;
  }

  refresh(run: RunInHand): boolean {
    const entry = this.#registry.entry(run.entry.record.id);
    if (entry !== undefined) run.entry = entry;
    return true;
  }

  async reload(run: RunInHand): Promise<boolean> {
    try {
      const [state] = await this.#store.runs.load([{ runSeq: run.runSeq }]);
      if (state === undefined || isEnded(state.run.status)) return false;
      if (run.step === undefined && state.run.generation !== run.generation) return false;
      run.memos = memosOf(state.entries);
      run.solo = run.step === undefined && state.otherItems === 0;
      return true;
    } catch (error) {
      this.storeFailed(run, error);
      return false;
    }
  }

  async release(run: RunInHand): Promise<false> {
    try {
      const unit = {
        kind: "release",
        lease: leaseOf(run, this.holderId),
        rank: rankUnderWay(run.queuedAt),
        laneKey: unlimitedLane,
        functionId: run.entry.record.id,
      } as const;
      await this.writer.commit(unit);
    } catch (error) {
      this.storeFailed(run, error);
    }
    return false;
  }

  storeFailed(run: RunInHand, error: unknown): void {
    this.#storeFailed(`recording a reply of run ${run.runId}`, error, this.#lostLeases.look());
  }

  // What the engine does between its parts.

  #wake(wake: WakeHint): void {
    this.#claims.wake(wake);
    this.#timers.wake(wake);
  }

  #acceptContext(): AcceptContext {
    return {
      registry: this.#registry,
      now: this.clock.now(),
      random: this.random,
      environmentId: this.#store.environmentId,
      holder: this.#store.holder,
      room: this.isStopping ? 0 : this.#hands.roomForBorn,
    };
  }

  /** Resolves when the events are durable. Events of a timer that was not as it was seen are not recorded. */
  async #accept(acceptance: Acceptance): Promise<void> {
    const outcome = await this.writer.commit(acceptance.unit).catch((error: unknown) => {
      this.#lostLeases.look();
      throw error;
    });
    if (outcome.kind === "not_found" && acceptance.unit.timer !== undefined) return;
    if (outcome.kind !== "accepted") throw new Error(`the store did not accept the events: ${outcome.kind}`);
    this.#eventsAccepted += acceptance.ids.length;
    settleAcceptance(acceptance, outcome, { observer: this.observer, take: (run) => this.#hands.takeBorn(run) });
  }

  async #takeClaimed(items: readonly ClaimedItem[]): Promise<void> {
    if (items.length === 0) return;
    const states = await this.#store.runs.load(
      items.map((item) => ({ runSeq: item.runSeq, ...(item.snapshotLength === undefined ? {} : { journalLength: item.snapshotLength }) })),
    );
    for (const [index, item] of items.entries()) {
      const state = states[index];
      const entry = this.#registry.entry(item.functionId);
      if (state === undefined || entry === undefined) continue;
      this.#hands.takeClaimed(takeClaimed(item, state, entry));
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.wakeAt((this.clock.now() + ms) as ReturnType<Workshop["clock"]["now"]>, resolve));
  }

  #storeFailed(during: string, error: unknown, retryInMs: number): void {
    this.observer?.emit({
      kind: "store.failed",
      at: this.clock.now(),
      during,
      message: error instanceof Error ? error.message : String(error),
      retryInMs,
    });
  }
}
