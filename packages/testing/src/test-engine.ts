import { FunctionTable, invokePayload, registerApps, sendByClients } from "@stepwell/embedded/internals";
import { type Engine, type Random, systemRandom } from "@stepwell/engine";
import { SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import { type EventId, isUlid, type RunId, StepwellError } from "@stepwell/protocol";
import type { RunReport } from "@stepwell/store";
import { MemoryDatabase } from "@stepwell/store-sqlite";
import type { EventPayload, StepwellFunction } from "stepwell";
import { type ClientTransport, durationMs, type InvokeArguments } from "stepwell/internals";
import { Assertions } from "./assertions.ts";
import { type CrashOptions, CrashPlan } from "./crash-plan.ts";
import type { TestEngineOptions } from "./create-test-engine.ts";
import { Drive } from "./drive.ts";
import { FoundSteps } from "./found-steps.ts";
import { Life, type LifeParts } from "./life.ts";
import type { StepMock } from "./mock.ts";
import { MockTable, type StepTarget } from "./mock-table.ts";
import { routeTestEngine } from "./route-test-engine.ts";
import type { StepCallRecord } from "./step-calls.ts";
import { readEvents, type TestEvent } from "./test-event.ts";
import { type RunOf, type RunTarget, type TestRun, testRun } from "./test-run.ts";
import { readRuns } from "./test-runs.ts";

export interface Sent {
  readonly ids: readonly string[];
  /** The runs that the events started, as far as they have come without time passing. */
  readonly runs: readonly TestRun[];
}

const realMsMaxDefault = 5_000;
const concurrencyDefault = 250;
/** Longer than anything can last that ends by itself: waits and sleeps are cut to 366 days. */
const idleMsMax = 400 * 86_400_000;

/**
 * An engine in a test. Whatever moves it, a send or time, returns when nothing is left to do at that instant.
 *
 * @typeParam Event - What it sends: by `createTestEngine` an event that the functions' client knows, where it has types.
 */
export class TestEngine<Event = EventPayload<object>> implements AsyncDisposable {
  /** Says what is wrong in words, by an `AssertionError` of Node's; every runner shows it. */
  readonly assert: Assertions;
  readonly #time: VirtualClock;
  readonly #database = new MemoryDatabase();
  readonly #mocks = new MockTable();
  readonly #crashes = new CrashPlan();
  readonly #found = new FoundSteps();
  readonly #stepCalls: StepCallRecord[] = [];
  readonly #parts: LifeParts;
  readonly #drive: Drive;
  readonly #unroute: () => void;
  readonly #unusedMocks: TestEngineOptions["unusedMocks"];
  #life: Life | undefined;
  #isClosed = false;

  static async open<Event>(options: TestEngineOptions): Promise<TestEngine<Event>> {
    const test = new TestEngine<Event>(options);
    try {
      test.#life = await Life.begin(test.#parts);
      return test;
    } catch (error) {
      await test.close();
      throw error;
    }
  }

  private constructor(options: TestEngineOptions) {
    const { functions, mocks = {}, seed, gateway, realMsMax = realMsMaxDefault, concurrency = concurrencyDefault } = options;
    this.#time = new VirtualClock(options.now === undefined ? Date.now() : instantMs(options.now));
    const table = new FunctionTable();
    table.take(functions);
    const random: Random = seed === undefined ? systemRandom() : new SeededRandom(seed);
    this.#parts = {
      // Before the wait for user code ends, to which a call that looks for its step is one that hangs.
      findStepMs: realMsMax * 0.75,
      ...{ database: this.#database, time: this.#time, random, functions, table, concurrency },
      ...{ mocks: this.#mocks, crashes: this.#crashes, found: this.#found, outputTypes: new Map() },
      onStep: (record: StepCallRecord) => this.#stepCalls.push(record),
      ...(gateway === undefined ? {} : { gateway }),
    };
    this.#unusedMocks = options.unusedMocks;
    for (const [step, handler] of Object.entries(mocks)) this.#mocks.of({ step }).calls(handler);
    this.#drive = new Drive({ time: this.#time, realMsMax, life: () => this.#alive, revive: () => this.#revive() });
    const client: ClientTransport = {
      sendEvents: (events, more) => this.#alive.client.sendEvents(events, more),
      sendSignal: (signal) => this.#alive.client.sendSignal(signal),
    };
    this.#unroute = routeTestEngine(table.clients(), client);
    this.assert = new Assertions(this, () => this.#found.unused(this.#mocks.unused));
  }

  /** Engine time. */
  get now(): Date {
    return new Date(this.#time.now());
  }

  /** The engine itself, of the present life. */
  get engine(): Engine {
    return this.#alive.engine;
  }

  /**
   * Sends one event or several, all or none, and lets what they start go as far as it goes without time passing. Schemas and
   * middleware of the functions' client hold, as in its own `send`.
   *
   * @throws {StepwellError} `event_data_invalid` and others: what the client's `send` refuses.
   */
  send(events: Event | readonly Event[]): Promise<Sent> {
    return this.#drive.inTurn(async () => {
      await this.#drive.settle();
      const { ids } = await sendByClients(this.#parts.table.clients(), this.#alive.client, events as readonly EventPayload[]);
      await this.#drive.settle();
      const started = await Promise.all(ids.map((id) => this.engine.reports.eventRuns(id as EventId)));
      return { ids, runs: await Promise.all(started.flat().map((run) => this.#view(run))) };
    });
  }

  /** Starts one run of a function, whatever its triggers are. Its data goes through the client's middleware, as events do. */
  invoke<Target extends StepwellFunction>(target: Target, ...[payload]: InvokeArguments<Target>): Promise<RunOf<Target>> {
    return this.#drive.inTurn(async () => {
      await this.#drive.settle();
      const { table } = this.#parts;
      const checked = await invokePayload(payload ?? {}, { target: table.findBySlug(target.slug), clients: table.clients() });
      const result = await this.engine.invokeFunction({ functionName: target.slug, payload: checked });
      if (!("runId" in result))
        throw new StepwellError(
          result.kind === "rate_limited" ? "rate_limited" : "function_not_found",
          `${target.slug} was not started: ${result.kind}`,
          {
            retryable: false,
            advice: "Give the function to createTestEngine, and time to its rate limit.",
          },
        );
      await this.#drive.settle();
      return this.#read<RunOf<Target>>(result.runId);
    });
  }

  /** Wakes the run that waits for the signal, or keeps the signal for the first that will. */
  sendSignal(signal: { readonly signal: string; readonly data?: unknown }): Promise<{ readonly runId: string | undefined }> {
    return this.#drive.inTurn(async () => {
      const result = await this.#alive.client.sendSignal(signal);
      await this.#drive.settle();
      return result;
    });
  }

  /**
   * Lets time pass: milliseconds, or a duration such as `"3 days"`. Whatever comes due on the way happens at its own moment, and
   * it returns when nothing is due and no call is open.
   *
   * @throws {StepwellError} `invalid_duration`; `call_still_open`, naming the open step.
   */
  advance(duration: number | string): Promise<void> {
    const ms = msOf(duration);
    if (ms === undefined) return Promise.reject(notDuration(duration));
    return this.#drive.inTurn(() => this.#drive.advanceTo(this.#time.now() + ms));
  }

  /** Lets time pass until then. */
  advanceTo(instant: Date | string | number): Promise<void> {
    const at = new Date(instant).getTime();
    if (Number.isNaN(at) || at < this.#time.now())
      return Promise.reject(
        new StepwellError("invalid_duration", `${String(instant)} is no instant from ${this.now.toISOString()} on`, { retryable: false }),
      );
    return this.#drive.inTurn(() => this.#drive.advanceTo(at));
  }

  /**
   * Lets time pass until every run is over and nothing is collected for one. Schedules that come due on the way run too; that
   * others will is no reason to go on.
   *
   * @throws {StepwellError} `never_idle`: something is alive after 400 days; `call_still_open`; `step_not_reached`: the process
   *   was to die at a step that no run has come to.
   */
  runUntilIdle(): Promise<void> {
    return this.#drive.inTurn(async () => {
      const end = this.#time.now() + idleMsMax;
      await this.#drive.settle();
      while (await this.#isAnythingAlive()) {
        if ((this.#time.nextAt ?? Number.POSITIVE_INFINITY) > end || !(await this.#drive.step())) throw await this.#neverIdle();
      }
      this.#found.checkCrashes(this.#crashes);
    });
  }

  /**
   * Lets time pass until the next tick of the function's schedule, or of any, and gives the runs that it started.
   *
   * @throws {StepwellError} `schedule_missing`: there is none.
   */
  nextCron<Target extends StepwellFunction>(target?: Target): Promise<readonly RunOf<Target>[]> {
    return this.#drive.inTurn(async () => {
      await this.#drive.settle();
      const slug = target?.slug;
      const functionId = slug === undefined ? undefined : this.engine.findFunction(slug)?.id;
      const schedules = (await this.engine.schedules()).filter((each) => slug === undefined || each.functionId === functionId);
      const at = Math.min(...schedules.map(({ nextFireAt, next: [first] }) => nextFireAt ?? first ?? Number.POSITIVE_INFINITY));
      if (!Number.isFinite(at))
        throw new StepwellError(
          "schedule_missing",
          `${slug ?? "no function here"} has ${slug === undefined ? "a" : "no"} schedule to wait for`,
          {
            retryable: false,
            advice: 'Give the function a trigger such as { cron: "0 9 * * *" }, and the engine the function.',
          },
        );
      await this.#drive.advanceTo(at);
      const runs = await readRuns(this.engine.reports, { queuedFrom: at as never });
      const fired = runs.filter(({ cron, functionId: of }) => cron !== undefined && (slug === undefined || of === functionId));
      return Promise.all(fired.toReversed().map((run) => this.#view<RunOf<Target>>(run)));
    });
  }

  /** What a step does from now on instead of its own work, by its id, in any function or in one. */
  mock(target: string | StepTarget): StepMock {
    return this.#mocks.of(typeof target === "string" ? { step: target } : target);
  }

  /**
   * The process dies right after the step's code has run, once: before its result is recorded, so that the step runs again, or
   * with `recorded` after it, so that it must not. Another process takes over at the same instant.
   */
  crashAfter(step: string, options: CrashOptions = {}): void {
    this.#crashes.add(step, options);
  }

  /** The process dies now, whatever is under way, and another one takes over. */
  crash(): Promise<void> {
    this.#alive.end();
    return this.#drive.inTurn(() => this.#drive.settle());
  }

  /** The process stops as for a deploy, and another one goes on. */
  restart(): Promise<void> {
    return this.#drive.inTurn(async () => {
      await this.#alive.stop();
      await this.#drive.settle();
    });
  }

  /** Nobody runs for so long: the process stops, time passes, and the next one finds what has become due meanwhile. */
  outage(duration: number | string): Promise<void> {
    const ms = msOf(duration);
    if (ms === undefined) return Promise.reject(notDuration(duration));
    return this.#drive.inTurn(async () => {
      await this.#drive.settle();
      await this.#alive.stop();
      this.#time.clear();
      this.#time.moveTo(this.#time.now() + ms);
      await this.#drive.settle();
    });
  }

  /**
   * Other code takes the place of the functions of the same clients, as a deploy does: runs under way go on in it.
   *
   * @throws {StepwellError} what a server refuses functions with; the code before it goes on then.
   */
  deploy(functions: readonly StepwellFunction[]): Promise<void> {
    return this.#drive.inTurn(async () => {
      await this.#drive.settle();
      const before = this.#parts.table.take(functions);
      try {
        await registerApps(this.engine, functions);
      } catch (error) {
        this.#parts.table.restore(before);
        throw error;
      }
      this.#parts.functions = functions;
      await this.#drive.settle();
    });
  }

  /** A run, or the newest run of a function, as it stands now. */
  async run<Target extends RunTarget | string>(target: Target): Promise<RunOf<Target>> {
    const asked: RunTarget | string = target;
    if (typeof asked === "string") return this.#read(asked);
    if ("status" in asked) return this.#read(asked.id);
    const [newest] = await this.runs(asked);
    if (newest === undefined)
      throw new StepwellError("run_not_found", `${asked.slug} has not run`, {
        retryable: false,
        advice: "Send the event of its trigger first.",
      });
    return newest as RunOf<Target>;
  }

  /** The runs of a function, or all, the newest first. */
  async runs<Target extends StepwellFunction>(target?: Target): Promise<readonly RunOf<Target>[]> {
    const record = target === undefined ? undefined : this.engine.findFunction(target.slug);
    if (target !== undefined && record === undefined) return [];
    const runs = await readRuns(this.engine.reports, record === undefined ? {} : { functionIds: [record.id] });
    return Promise.all(runs.map((run) => this.#view<RunOf<Target>>(run)));
  }

  /** What was sent, by the test and by steps, in order; with the name given, of that name. */
  events(name?: string): Promise<readonly TestEvent[]> {
    return readEvents(this.engine.reports, name);
  }

  /** Each time that a step's code ran, its own or a mock's, in order. */
  stepCalls(step?: string): readonly StepCallRecord[] {
    return this.#stepCalls.filter((each) => step === undefined || each.step === step);
  }

  /** @throws {StepwellError} `run_not_found`, `run_already_ended`. */
  async cancel(target: RunTarget): Promise<void> {
    const { id } = await this.run(target);
    await this.#drive.inTurn(async () => {
      const result = await this.engine.cancelRun({ runId: id as RunId, reason: "cancelled by the test" });
      if (result.kind !== "cancelled") throw new StepwellError("run_already_ended", `the run ${id} is over`, { retryable: false });
      await this.#drive.settle();
    });
  }

  /**
   * Everything of it is gone. Twice is once.
   *
   * @throws {AssertionError} With `unusedMocks: "error"`: no step has come by a mock.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // No error unless it is asked for: it could hide the one that a test ended with, and a branch that is not taken may be mocked.
    const warning = this.#found.warning([...this.#crashes.open, ...this.#mocks.steps]);
    if (warning !== undefined) console.warn(warning);
    this.#unroute();
    await this.#life?.close();
    this.#database.close();
    if (this.#unusedMocks === "error" && this.#life !== undefined) this.assert.mocksUsed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #alive(): Life {
    if (this.#isClosed || this.#life === undefined)
      throw new StepwellError("engine_stopped", "the test engine was closed", {
        retryable: false,
        advice: "Await what the test does before it ends.",
      });
    return this.#life;
  }

  async #revive(): Promise<void> {
    await this.#alive.close();
    this.#time.clear();
    this.#life = await Life.begin(this.#parts);
  }

  async #read<Run = TestRun>(runId: string): Promise<Run> {
    const run = isUlid(runId) ? await this.engine.reports.getRun(runId as RunId) : undefined;
    if (run === undefined) throw new StepwellError("run_not_found", `there is no run ${runId.slice(0, 80)}`, { retryable: false });
    return this.#view<Run>(run);
  }

  /** What its function returns nobody checks. */
  #view<Run = TestRun>(run: RunReport): Promise<Run> {
    return testRun(this.engine, run, this.#parts) as Promise<Run>;
  }

  async #isAnythingAlive(): Promise<boolean> {
    const { count } = await this.engine.reports.countRuns({ statuses: ["queued", "running"] }, 1);
    return count > 0 || this.#alive.isCollecting();
  }

  async #neverIdle(): Promise<StepwellError> {
    const { rows } = await this.engine.reports.listRuns({ statuses: ["queued", "running"] }, { limit: 5 });
    const alive = rows.map((run: RunReport) => `${run.functionSlug} (${this.engine.phaseOf(run).reason?.text ?? run.status})`);
    return new StepwellError("never_idle", `after 400 days something is still alive: ${alive.join("; ")}`, {
      retryable: false,
      advice: "A function that goes on for ever is advanced step by step: use advance.",
    });
  }
}

function instantMs(instant: Date | string | number): number {
  const ms = new Date(instant).getTime();
  if (!Number.isNaN(ms)) return ms;
  const message = `now: "${String(instant)}" is no instant; write a Date, an ISO text such as "2026-05-06T12:00:00Z", or epoch milliseconds`;
  throw new StepwellError("invalid_duration", message, { retryable: false });
}

/** Whole milliseconds, at least 0. */
function msOf(duration: number | string): number | undefined {
  const ms = durationMs(duration);
  return ms === undefined || ms < 0 ? undefined : Math.ceil(ms);
}

function notDuration(duration: number | string): StepwellError {
  const message = `"${String(duration)}" is no duration that can pass; write milliseconds, "90s", "3 days"`;
  return new StepwellError("invalid_duration", message, { retryable: false });
}
