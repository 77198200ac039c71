// The parts of an engine and how they work on each other: an event goes from `events` over the writer into `hands` and
// `attempts`; what waits comes back through the claim loop, the timer loop or the matcher.

import { invariant, limits, type RunId } from "@stepwell/protocol";
import {
  type AppRecord,
  breakerConstraint,
  type ClaimedItem,
  constraintsOf,
  type FunctionRecord,
  type HolderRef,
  type ReplacedRun,
  type RunReport,
} from "@stepwell/store";
import { breakerKey } from "./admission/breaker-key.ts";
import { type BreakerSubject, Breakers } from "./admission/breakers.ts";
import { HeldLanes } from "./admission/held-lanes.ts";
import { functionLimits } from "./admission/lane-of.ts";
import { AppSyncs } from "./apps/app-syncs.ts";
import { isCallable, isGone, Registry } from "./apps/registry.ts";
import { EngineWorkshop } from "./attempts/engine-workshop.ts";
import { executeAttempts } from "./attempts/execute-attempts.ts";
import { ChaosTransport } from "./chaos/chaos-transport.ts";
import type { EngineOptions, EngineParts } from "./engine-interface.ts";
import { engineDefaults } from "./engine-options.ts";
import type { AcceptContext } from "./events/accept-event.ts";
import { acceptTicks } from "./events/accept-ticks.ts";
import { CursorLoop } from "./events/cursor-loop.ts";
import { leasedBy } from "./events/start-pending.ts";
import { ClaimLoop } from "./queue/claim-loop.ts";
import { giveBackWoken } from "./queue/give-back-woken.ts";
import { Hands } from "./queue/hands.ts";
import { LostLeases } from "./queue/lost-leases.ts";
import { takeLoaded } from "./queue/take-loaded.ts";
import { takeOver } from "./queue/take-over.ts";
import { WokenRuns } from "./queue/woken-runs.ts";
import { goneMsOf, HistoryPruner } from "./retention/prune-history.ts";
import { eventMapOf } from "./runs/event-map-of.ts";
import { runPhase } from "./runs/run-phase.ts";
import type { RunPhase } from "./runs/run-phase-report.ts";
import { type Firing, ScheduleKeeper } from "./schedules/schedule-keeper.ts";
import { waitWhile } from "./seams/wait-while.ts";
import { BulkCanceller } from "./timers/bulk-cancel.ts";
import { BulkRedriver } from "./timers/bulk-redrive.ts";
import { cancelAppRuns } from "./timers/cancel-app-runs.ts";
import { startCollected } from "./timers/start-collected.ts";
import { tellEnd } from "./timers/tell-end.ts";
import { cancelChild, endWait, finishDeadline, startDeadline, type TimerHandlerParts } from "./timers/timer-handlers.ts";
import { TimerLoop } from "./timers/timer-loop.ts";
import { type CancelledRun, type CancelParts, cancelRun } from "./waits/cancel-run.ts";
import { EventMatcher } from "./waits/event-matcher.ts";
import { BatchWriter } from "./writer/batch-writer.ts";

/** How often `stop` looks whether the calls under way have come back. */
const stopLookMs = 10;

export class EngineMachine {
  readonly registry: Registry;
  readonly breakers: Breakers;
  readonly #heldLanes: HeldLanes;
  readonly options: EngineOptions;
  readonly writer: BatchWriter;
  readonly workshop: EngineWorkshop;
  readonly hands: Hands;
  readonly schedules: ScheduleKeeper;
  readonly cursors: CursorLoop;
  readonly bulkCancels: BulkCanceller;
  readonly bulkRedrives: BulkRedriver;
  readonly apps: AppSyncs;
  readonly #lostLeases: LostLeases;
  readonly cancelParts: CancelParts;
  readonly #parts: EngineParts;
  readonly #store: EngineParts["store"];
  readonly #clock: EngineParts["clock"];
  readonly #claims: ClaimLoop;
  readonly #timers: TimerLoop;
  readonly #matcher: EventMatcher;
  readonly #pruner: HistoryPruner;
  readonly #chaos: ChaosTransport | undefined;
  readonly #woken = new WokenRuns();
  /** Calls off the end of what is taken care of after a start. */
  #endCare: (() => void) | undefined;
  #isStarted = false;

  constructor(parts: EngineParts) {
    const { store, clock, observer, random } = parts;
    this.#parts = parts;
    this.#store = store;
    this.#clock = clock;
    this.options = { ...engineDefaults, ...parts.options };
    const { chaos, mode } = this.options;
    invariant(chaos === undefined || mode === "dev", "chaos is for development: production loses no call on purpose");
    this.#chaos = chaos === undefined ? undefined : new ChaosTransport({ ...parts, observer, rate: chaos.rate });
    const transport = this.#chaos ?? parts.transport;
    const registry = new Registry(this.options.circuitBreakers, parts.transport);
    this.registry = registry;
    this.#heldLanes = new HeldLanes({
      ...{ queue: store.queue, clock },
      onTold: (hint) => this.#claims.wake(hint),
      onFailure: (error, retryInMs) => this.workshop.reportStoreFailure("holding what a breaker holds", error, retryInMs),
    });
    this.breakers = new Breakers({
      ...{ settings: store.settings, clock, observer },
      entryOf: (functionId) => registry.entry(functionId),
      hold: (subject, until) => this.#heldLanes.set(subject, until),
      onOpened: (subject) => this.#makeWay(subject),
      inHand: () => Array.from(this.hands.everyone(), (run) => ({ entry: run.entry, event: () => eventMapOf(run) })),
      isReady: () => this.#claims.hasMore,
    });
    const writer = new BatchWriter({
      store,
      clock,
      onWake: (wake) => {
        this.#claims.wake(wake);
        if (wake.timerDueAt !== undefined) this.#timers.wake(wake.timerDueAt);
      },
      onCommitted: (unit, outcome) => {
        // At once: whoever compares what is held with what is in hand finds it here.
        const leased = leasedBy(unit, outcome);
        if (leased !== undefined) this.#takeWoken(leased);
        this.#matcher.onCommitted(unit, outcome);
        if ("replaced" in outcome) this.#tellReplaced(outcome.replaced ?? []);
      },
      matched: () => this.#matcher.mark,
      onUnknown: () => this.#lookEverywhere(),
    });
    this.writer = writer;
    this.workshop = new EngineWorkshop({
      ...{ store, clock, random, transport, observer, writer, registry },
      gateway: parts.gateway,
      breakers: this.breakers,
      policy: { random, intervalMs: this.options.retryIntervalMs },
      roomForBorn: () => this.hands.roomForBorn,
      takeBorn: (run) => this.hands.takeBorn(run),
      inHandOf: (runId) => this.hands.ofRun(runId),
      othersWait: () => this.hands.waiting > 0 || this.#claims.hasMore,
      lookForLost: () => this.#lostLeases.look(),
      startRest: () => this.cursors.look(),
    });
    const failed = (during: string) => (error: unknown, retryInMs: number) => this.workshop.reportStoreFailure(during, error, retryInMs);
    const roomForBorn = (): number => this.workshop.roomForBorn;
    const takeStarted: CancelParts["takeStarted"] = (started, results) => this.workshop.takeStarted(started, results);
    this.hands = new Hands({
      callsInFlightMax: this.options.callsInFlightMax,
      bornLeasedMax: this.options.bornLeasedMax,
      work: (run) => executeAttempts(this.workshop, run),
      onRoom: () => this.#claims.onRoom(),
    });
    this.#claims = new ClaimLoop({
      store,
      clock,
      room: () => this.hands.roomForClaims,
      except: () => registry.resting(),
      woken: this.#woken,
      take: (items) => takeLoaded({ store, registry, hands: this.hands }, items),
      onOver: () => this.hands.fillRest(),
      onReadiness: (rowsAreReady) => {
        this.hands.rowsAreReady = rowsAreReady;
      },
      onFailure: (error, retryInMs) => {
        failed("a claim")(error, retryInMs);
        this.#lostLeases.look();
      },
    });
    this.cancelParts = {
      ...{ store, clock, random, registry, writer, roomForBorn, takeStarted },
      onCancelled: (cancelled) => this.#tellCancelled(cancelled),
    };
    this.#matcher = new EventMatcher({
      ...{ store, writer, registry },
      now: () => clock.now(),
      leaseTo: (functionId) => this.#leaseTo(functionId),
      cancel: (params) => cancelRun(this.cancelParts, params),
      onFailure: failed("looking for what an event wakes"),
      later: (ms, callback) => void clock.after(ms, callback),
    });
    this.bulkCancels = new BulkCanceller({
      ...{ store, writer, random },
      now: () => clock.now(),
      cancel: (params) => cancelRun(this.cancelParts, params),
      statusOf: (run) => this.phaseOf(run).status,
    });
    this.bulkRedrives = new BulkRedriver({ store, writer, random, context: () => this.acceptContext() });
    this.schedules = new ScheduleKeeper({
      ...{ store, writer, clock, random },
      schedules: () => registry.schedules(),
      accept: (firing) => this.#acceptFiring(firing),
    });
    this.apps = new AppSyncs({
      ...{ store, registry, observer, appRuns: cancelAppRuns(this.bulkCancels), mode: this.options.mode },
      now: () => clock.now(),
      onChanged: ({ isChanged }) => this.#takeChange(isChanged),
    });
    this.#timers = new TimerLoop({
      ...{ store, clock },
      matched: () => writer.flushed().then(() => this.#matcher.settled()),
      ...this.#timerHandlers(),
      onFailure: failed("firing timers"),
    });
    this.cursors = new CursorLoop({
      ...{ store, clock, writer, registry, roomForBorn, takeStarted },
      onFailure: failed("starting the rest of an event's functions"),
    });
    this.#lostLeases = new LostLeases({
      ...{ store, clock, writer },
      isInHand: (itemId) => this.hands.find(itemId) !== undefined || this.#woken.has(itemId as RunId),
      isClaiming: () => this.#claims.isClaiming,
      onFailure: failed("giving back what is not in hand"),
    });
    this.#pruner = new HistoryPruner({
      ...{ store, clock, observer, rules: this.options.retention },
      cancel: (params) => cancelRun(this.cancelParts, params),
    });
  }

  async start(): Promise<void> {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const { apps, removed, functions } = await this.#store.apps.list();
    const functionsOf = (app: AppRecord): readonly FunctionRecord[] => functions.filter((record) => record.appId === app.id);
    // Before the functions: no run begins between a function and its limits.
    await this.#store.queue.setLimits(functions.map(functionLimits));
    for (const app of apps) this.registry.setFunctions(app, functionsOf(app));
    for (const app of removed) this.registry.setRemoved(app, functionsOf(app));
    await this.breakers.start();
    const countLosses = this.#parts.transport.inProcess;
    const { freed, suspects } = await takeOver({ store: this.#store, clock: this.#clock, countLosses });
    if (freed > 0) this.#parts.observer?.emit({ kind: "queue.taken_over", at: this.#clock.now(), freed });
    if (countLosses && suspects > 0) this.#takeCareOf(suspects);
    await this.schedules.align({ isChanged: true });
    this.#claims.start();
    await this.#matcher.takeOver();
    this.#timers.start();
    this.cursors.start();
    this.#pruner.start();
  }

  async stop({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.workshop.isStopping = true;
    const loops = [this.#claims, this.#timers, this.cursors, this.#pruner, this.breakers, this.#heldLanes, this.#lostLeases];
    for (const loop of loops) loop.stop();
    this.#chaos?.stop();
    this.#endCare?.();
    await Promise.all([...this.hands.pause().map((run) => this.workshop.release(run)), this.#giveBackWoken()]);
    await waitWhile(this.#clock, () => this.#isBusy, { msMax: graceMs, lookMs: stopLookMs });
    this.#matcher.stop();
    // Whoever still works is told to stop; what they hold is freed by the next owner of the file.
    for (const run of this.hands.everyone()) run.abort?.abort();
  }

  /** Where user code runs in this process, one of what its predecessors died with may end this one too. */
  #takeCareOf(suspects: number): void {
    this.hands.suspect(suspects);
    this.#endCare = this.#clock.after(limits.suspectsMsMax, () => this.hands.trust());
  }

  get runsInMemory(): number {
    return this.hands.size + this.#woken.size;
  }

  get #isBusy(): boolean {
    const isLooping = this.#claims.isClaiming || this.#timers.isBusy || this.cursors.isBusy;
    return this.hands.inFlight > 0 || !this.writer.isIdle || isLooping;
  }

  /** A function that was gone may be there again, and its runs go on. */
  async #takeChange(isChanged: boolean): Promise<void> {
    if (isChanged) await this.breakers.align();
    if (isChanged) this.#claims.wake({ ready: true });
    await this.schedules.align({ isChanged });
  }

  acceptContext(): AcceptContext {
    const { environmentId, holder } = this.#store;
    const room = this.workshop.roomForBorn;
    return { registry: this.registry, now: this.#clock.now(), random: this.#parts.random, environmentId, holder, room };
  }

  phaseOf(run: RunReport): RunPhase {
    const held = this.hands.find(run.id);
    const entry = this.registry.entry(run.functionId);
    return runPhase(run, this.#clock.now(), {
      isInCall: held?.isInCall === true,
      isInMemory: this.#woken.has(run.id) || (held !== undefined && !held.isInCall && held.calls === 0),
      isGone: entry !== undefined && isGone(entry.record),
      ...(entry?.isUnreachable === true ? { unreachableAt: entry.target.url } : {}),
      goneMs: goneMsOf(this.options.retention),
      breaker: this.breakers.hasOpen ? this.#breakerOf(run) : undefined,
    });
  }

  #breakerOf({ functionId, laneKey = "" }: RunReport): ReturnType<Breakers["holding"]> {
    const [rule] = breakerConstraint("");
    const value = constraintsOf(laneKey).find(([name]) => name === rule)?.[1];
    return this.breakers.holding({ functionId, ...(value === undefined ? {} : { value }) });
  }

  #timerHandlers(): Pick<ConstructorParameters<typeof TimerLoop>[0], "onTimer" | "onWaitOver"> {
    const parts: TimerHandlerParts = {
      store: this.#store,
      writer: this.writer,
      now: () => this.#clock.now(),
      entryOf: (functionId) => this.registry.entry(functionId),
      cancel: (params) => cancelRun(this.cancelParts, params),
      leaseTo: (functionId) => this.#leaseTo(functionId),
      callBeganAt: (runId) => {
        const run = this.hands.find(runId);
        return run !== undefined && (run.isInCall || run.calls > 0) ? run.leasedAt : undefined;
      },
    };
    return {
      onTimer: {
        start_deadline: (timer) => startDeadline(parts, timer),
        finish_deadline: (timer) => finishDeadline(parts, timer),
        cancel_run: (timer) => cancelChild(parts, timer),
        tell_end: (timer) => tellEnd(this.cancelParts, timer),
        cron: (timer) => this.schedules.fire(timer),
        bulk_cancel: (timer) => this.bulkCancels.fire(timer),
        bulk_redrive: (timer) => this.bulkRedrives.fire(timer),
        debounce: (timer) => startCollected(parts, timer),
        batch: (timer) => startCollected(parts, timer),
      },
      onWaitOver: (wait) => endWait(parts, wait),
    };
  }

  async #acceptFiring(firing: Firing): Promise<void> {
    const entry = this.registry.entry(firing.of.functionId);
    if (entry === undefined) return;
    const { unit, entries } = acceptTicks(firing, entry, this.acceptContext());
    const outcome = await this.writer.commit(unit);
    if (outcome.kind !== "accepted") return;
    this.workshop.takeStarted({ events: unit.events, entries }, outcome.events);
    const about = { at: this.#clock.now(), slug: entry.record.slug, cron: firing.of.trigger.cron };
    for (const { reason, detail } of firing.skipped) this.#parts.observer?.emit({ kind: "schedule.skipped", ...about, reason, detail });
  }

  /** A run that is woken here goes on here, where it may be called at all. */
  #leaseTo(functionId: FunctionRecord["id"]): HolderRef | undefined {
    const entry = this.registry.entry(functionId);
    if (this.workshop.isStopping || !this.#woken.hasRoom || entry === undefined || !isCallable(entry)) return undefined;
    return this.#store.holder;
  }

  #takeWoken(item: ClaimedItem): void {
    this.#woken.add(item);
    if (this.workshop.isStopping) void this.#giveBackWoken();
    else this.#claims.wake({ ready: true });
  }

  #giveBackWoken(): Promise<void> {
    return giveBackWoken(this.#store, this.writer, this.#woken);
  }

  /** What is in hand of a breaker that opened is handed back, and stands in its lane like everything else. */
  #makeWay({ functionId, value }: BreakerSubject): void {
    void this.#giveBackWoken();
    for (const run of this.hands.everyone()) {
      if (run.entry.record.id !== functionId) continue;
      if (value === undefined || breakerKey(run.entry.flow, () => eventMapOf(run), this.#clock.now())?.value === value) run.givesWay = true;
    }
  }

  /** Whoever works on a cancelled run here stops; what it still brings is turned away anyway. */
  #tellCancelled({ runId, slug, queuedAt, endedAt }: CancelledRun): void {
    this.workshop.totals.runsCancelled += 1;
    this.workshop.credentials.forgetRun(runId);
    for (const run of this.hands.ofRun(runId)) {
      run.isEnded = true;
      run.abort?.abort();
    }
    this.#parts.observer?.emit({ kind: "run.ended", at: endedAt, runId, slug, status: "cancelled", queuedAt });
  }

  /** Runs that a start of their singleton has ended, in the commit of that start. */
  #tellReplaced(replaced: readonly ReplacedRun[]): void {
    const endedAt = this.#clock.now();
    for (const { runId, functionId, queuedAt } of replaced)
      this.#tellCancelled({ runId, slug: this.registry.entry(functionId)?.record.slug ?? "", queuedAt, endedAt });
  }

  /** What became of a batch is unknown: each loop looks for what it may have brought. */
  #lookEverywhere(): void {
    this.#lostLeases.look();
    this.#claims.wake({ ready: true });
    this.#timers.wake(this.#clock.now());
    this.cursors.look();
    this.#matcher.recover();
  }
}
