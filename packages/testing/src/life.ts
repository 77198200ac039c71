// One life of the process that the test plays: from the opening of the database to a stop or a crash.
//
// F1. After a crash nothing of the life goes on: its timers and turns are not called back, its calls are never answered, what
//     its code sends is never sent. What was committed stays.

import { type FunctionTable, InProcessTransport, registerApps, sendInProcess, type WatchedCall } from "@stepwell/embedded/internals";
import { buildEngine, type Call, type Engine, type Gateway, type Random } from "@stepwell/engine";
import type { VirtualClock } from "@stepwell/engine/testing";
import { type JsonText, limits, type Op, type Reply, type StepwellError } from "@stepwell/protocol";
import type { Store, TimerKind } from "@stepwell/store";
import type { MemoryDatabase } from "@stepwell/store-sqlite";
import type { StepwellFunction } from "stepwell";
import { type ClientTransport, currentPlace, type ExecutionHooks, type StepCall, type StepWork } from "stepwell/internals";
import type { CrashPlan } from "./crash-plan.ts";
import type { FoundSteps } from "./found-steps.ts";
import { LifeClock } from "./life-clock.ts";
import type { MockTable } from "./mock-table.ts";
import type { StepCallRecord } from "./step-calls.ts";

export interface LifeParts {
  readonly database: MemoryDatabase;
  readonly time: VirtualClock;
  readonly random: Random;
  /** What the present code runs; a deploy changes it. */
  functions: readonly StepwellFunction[];
  readonly table: FunctionTable;
  readonly mocks: MockTable;
  readonly crashes: CrashPlan;
  readonly found: FoundSteps;
  /** What parts of a run's output were before they became JSON, by the run. */
  readonly outputTypes: Map<string, JsonText>;
  /** How long a call looks for its step in code that a deploy has changed, in ms of real time. */
  readonly findStepMs: number;
  /** Every time that a step's code runs. */
  readonly onStep: (record: StepCallRecord) => void;
  /** Requests that steps ask for; absent: they must be mocked. */
  readonly gateway?: Gateway;
  readonly concurrency: number;
}

export class Life {
  readonly engine: Engine;
  /** Where functions and clients send to while this life lasts. */
  readonly client: ClientTransport;
  /** Rises whenever something of user code goes on: a call, a step, an end of either. */
  progress = 0;
  isOver = false;
  /** What must not happen to a database in memory, and did. */
  failure: string | undefined;
  readonly #parts: LifeParts;
  readonly #store: Store;
  readonly #clock: LifeClock;
  readonly #transport: InProcessTransport;
  readonly #transportOf = (): ClientTransport => this.client;

  static async begin(parts: LifeParts): Promise<Life> {
    const life = new Life(parts, await parts.database.open({ now: parts.time.now() }));
    await life.engine.start();
    await registerApps(life.engine, parts.functions);
    return life;
  }

  private constructor(parts: LifeParts, store: Store) {
    this.#parts = parts;
    this.#store = store;
    this.#clock = new LifeClock(parts.time);
    this.#transport = new InProcessTransport({
      functions: parts.table,
      callMsMax: limits.callMsMax,
      checkpoint: (params) => this.engine.checkpoint(params),
      appendLogs: (params) => this.engine.appendLogs(params),
      now: () => this.#clock.now(),
      transportOf: this.#transportOf,
      around: (call, hooks, execute) => this.#around(call, hooks, execute),
    });
    this.engine = buildEngine({
      store,
      transport: this.#transport,
      gateway: parts.gateway ?? unmocked,
      clock: this.#clock,
      random: parts.random,
      observer: {
        emit: (occurrence) => {
          if (occurrence.kind === "step.settled" && parts.crashes.take(parts.found.of(occurrence.stepId)?.id ?? occurrence.name, true))
            this.end();
          if (occurrence.kind === "store.failed" && !this.isOver) this.failure ??= `${occurrence.during}: ${occurrence.message}`;
        },
      },
      options: { mode: "start", callsInFlightMax: parts.concurrency },
    });
    const client = sendInProcess(() => this.engine);
    this.client = {
      sendEvents: (events, options) => (this.isOver ? never : client.sendEvents(events, options)),
      sendSignal: (signal) => (this.isOver ? never : client.sendSignal(signal)),
    };
  }

  /** A call is open, or something is to be done in this turn. */
  get isBusy(): boolean {
    return this.#clock.isBusy || this.engine.gauges().callsInFlight > 0;
  }

  get openCalls(): readonly WatchedCall[] {
    return this.#transport.openCalls();
  }

  /** What the code that asks is a part of, in words, where it belongs to a call of this life. */
  get asking(): string | undefined {
    const place = currentPlace();
    // What goes on after a crash, or after its call, has nobody who waits for it.
    if (place?.sender.transportOf !== this.#transportOf || this.isOver || this.openCalls.length === 0) return undefined;
    return place.step === undefined ? "the code of a function" : `the code of step "${place.step.id}"`;
  }

  /** Events were taken for a run that begins later, or something was begun for many runs. */
  async isCollecting(): Promise<boolean> {
    const lists = await Promise.all(collectingKinds.map((kind) => this.#store.timers.list({ kind })));
    return lists.some(({ length }) => length > 0);
  }

  /** It dies here. The database is free as soon as `close` has been awaited. */
  end(): void {
    this.isOver = true;
    this.#clock.end();
    this.#transport.close();
  }

  async close(): Promise<void> {
    this.end();
    await this.#store.close();
  }

  /** It stops as a deploy stops it: what is under way is handed back. */
  async stop(): Promise<void> {
    this.#transport.drain();
    await this.engine.stop({ graceMs: 0 });
    await this.close();
  }

  #around(call: Call, hooks: ExecutionHooks, execute: (hooks: ExecutionHooks) => Promise<Reply>): Promise<Reply> {
    const more: ExecutionHooks = {
      ...hooks,
      onRun: (step) => {
        this.progress += 1;
        hooks.onRun?.(step);
      },
      findStepMs: this.#parts.findStepMs,
      replace: (step, hashed) => {
        this.#parts.found.add(hashed, step);
        return this.#replace(call, step);
      },
    };
    this.progress += 1;
    return execute(more).then((reply) => {
      this.progress += 1;
      if (reply.kind === "ops") this.#noteOutput(call.runId, reply.ops);
      return reply;
    });
  }

  #noteOutput(runId: string, ops: readonly Op[]): void {
    for (const op of ops) if (op.kind === "RunComplete" && op.types !== undefined) this.#parts.outputTypes.set(runId, op.types);
  }

  #replace(call: Call, step: StepCall): StepWork | undefined {
    const { slug } = call.target;
    const work = this.#parts.mocks.workOf(slug, step) ?? step.work;
    if (work.kind !== "run") return undefined;
    const about = { runId: call.runId, functionSlug: slug, step: step.id, attempt: call.attempt };
    return {
      ...work,
      body: async (input, hashedId) => {
        this.#parts.onStep({ ...about, stepId: hashedId, input, at: this.#clock.now() });
        const value = await work.body(input, hashedId);
        if (this.#parts.crashes.take(step.id, false)) {
          this.end();
          return never;
        }
        return value;
      },
    };
  }
}

const collectingKinds = [
  "debounce",
  "batch",
  "cancel_run",
  "tell_end",
  "bulk_cancel",
  "bulk_redrive",
] as const satisfies readonly TimerKind[];

const never = new Promise<never>(() => undefined);

/** A test that reaches for the network by mistake is told so. */
const unmocked: Gateway = {
  async send({ url }) {
    const message = `a test makes no requests: the step that asks ${new URL(url).origin} is not mocked. Mock it by its id, or give createTestEngine a gateway`;
    return { kind: "failed", code: "step_not_mocked" satisfies StepwellError["code"], message, isFinal: true };
  },
};
