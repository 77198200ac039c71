// What a test says of runs, steps and events. Each gives what it found, so that a test can go on from there.

import { AssertionError } from "node:assert";
import { isDeepStrictEqual } from "node:util";
import type { StepView } from "@stepwell/embedded/internals";
import type { StepwellFunction } from "stepwell";
import { matches } from "./matches.ts";
import type { StepCallRecord } from "./step-calls.ts";
import type { TestEvent } from "./test-event.ts";
import type { RunOf, RunTarget, TestRun, TestStep } from "./test-run.ts";

/** What assertions look at. */
export interface Asserted {
  run(target: RunTarget): Promise<TestRun>;
  runs(target?: StepwellFunction): Promise<readonly TestRun[]>;
  events(name?: string): Promise<readonly TestEvent[]>;
  stepCalls(step?: string): readonly StepCallRecord[];
}

export interface ExpectedError {
  readonly name?: string;
  readonly message?: string | RegExp;
}

export interface ExpectedStep {
  readonly state?: StepView["state"];
  /** The whole of what it gave. */
  readonly output?: unknown;
  readonly error?: ExpectedError;
  /** How often its code ran, in this engine. */
  readonly times?: number;
}

export class Assertions {
  readonly #test: Asserted;
  readonly #unusedMocks: () => string | undefined;

  /** @param unusedMocks - A sentence on mocks that no step has come by; `undefined`: there are none. */
  constructor(test: Asserted, unusedMocks: () => string | undefined) {
    this.#test = test;
    this.#unusedMocks = unusedMocks;
  }

  /** The run is over and went well; with an output given, it returned just that. */
  async completed<Target extends RunTarget>(target: Target, ...output: readonly [output?: unknown]): Promise<RunOf<Target>> {
    const run = await this.#ended(target, "completed");
    if (output.length > 0) equal(run.output, output[0], `${nameOf(run)} returned something else`);
    return run;
  }

  /** The run is over and failed. */
  async failed(target: RunTarget, error: ExpectedError = {}): Promise<TestRun> {
    const run = await this.#ended(target, "failed");
    equalError(run.error, error, nameOf(run));
    return run;
  }

  cancelled(target: RunTarget): Promise<TestRun> {
    return this.#ended(target, "cancelled");
  }

  /** The run is alive and waits in this step: it sleeps, or waits for an event, a signal, or a run. */
  async waiting(target: RunTarget, step?: string): Promise<TestRun> {
    const run = await this.#test.run(target);
    const open = run.steps.filter(({ state }) => state === "sleeping" || state === "waiting");
    if (run.endedAt !== undefined || (step === undefined ? open.length === 0 : findStep(open, step) === undefined))
      fail(
        `${nameOf(run)} does not wait${step === undefined ? "" : ` in "${step}"`}: ${standing(run)}`,
        open.map(({ name }) => name),
        step === undefined ? ["a step"] : [step],
      );
    return run;
  }

  /** A step of the run, by its id or its name. */
  async step(target: RunTarget, name: string, expected: ExpectedStep = {}): Promise<TestStep> {
    const run = await this.#test.run(target);
    const step = findStep(run.steps, name);
    const about = `step "${name}" of ${nameOf(run)}`;
    if (step === undefined)
      return fail(
        `${about} is not there`,
        run.steps.map((each) => each.name),
        name,
      );
    const { state, output, error, times } = expected;
    if (state !== undefined) equal(step.state, state, `${about} is ${step.state}`);
    if ("output" in expected) equal(step.output, output, `${about} gave something else`);
    if (error !== undefined) equalError(step.error, error, about);
    if (times !== undefined) {
      const calls = this.#test.stepCalls(step.step).filter(({ runId }) => runId === run.id);
      equal(calls.length, times, `the code of ${about} ran ${calls.length} times`);
    }
    return step;
  }

  /** The run has not come to the step. */
  async noStep(target: RunTarget, name: string): Promise<void> {
    const run = await this.#test.run(target);
    const step = findStep(run.steps, name);
    if (step !== undefined) fail(`step "${name}" of ${nameOf(run)} is ${step.state}`, name, undefined);
  }

  /** So many runs of the function were started. */
  async started<Target extends StepwellFunction>(target: Target, times: number): Promise<readonly RunOf<Target>[]> {
    const runs = await this.#test.runs(target);
    equal(runs.length, times, `${target.slug} was started ${runs.length} times`);
    return runs as readonly RunOf<Target>[];
  }

  /** An event was sent, with at least this data; with `times`, so often. */
  async sent(name: string, data: object = {}, { times }: { readonly times?: number } = {}): Promise<TestEvent> {
    const events = await this.#test.events(name);
    const found = events.filter((event) => matches(event.data, data));
    const [first] = found;
    if (first === undefined)
      return fail(
        `no event ${name} was sent${events.length === 0 ? "" : " with this data"}`,
        events.map((event) => event.data),
        data,
      );
    if (times !== undefined) equal(found.length, times, `${name} was sent ${found.length} times`);
    return first;
  }

  /** No event of this name was sent with this data. */
  async notSent(name: string, data: object = {}): Promise<void> {
    const found = (await this.#test.events(name)).filter((event) => matches(event.data, data));
    if (found.length > 0)
      fail(
        `${name} was sent`,
        found.map((event) => event.data),
        [],
      );
  }

  /** Each mock was played at least once, unless it was taken away. */
  mocksUsed(): void {
    const sentence = this.#unusedMocks();
    if (sentence !== undefined) throw new AssertionError({ message: sentence, operator: "mocksUsed", stackStartFn: this.mocksUsed });
  }

  async #ended<Target extends RunTarget>(target: Target, status: TestRun["status"]): Promise<RunOf<Target>> {
    const run = await this.#test.run(target);
    if (run.status !== status) fail(`${nameOf(run)} is not ${status}: ${standing(run)}`, run.status, status);
    return run as RunOf<Target>;
  }
}

/** By its id, as the function writes it, else by its name. */
function findStep(steps: readonly TestStep[], wanted: string): TestStep | undefined {
  return steps.find(({ step }) => step === wanted) ?? steps.find(({ name }) => name === wanted);
}

function nameOf({ functionSlug, id }: TestRun): string {
  return `the run ${id} of ${functionSlug}`;
}

/** Where it stands, in words. */
function standing({ status, reason, error }: TestRun): string {
  if (error !== undefined) return `${status}, ${error.name}: ${error.message}`;
  return reason === undefined ? `it is ${status}` : `it is ${status}: ${reason.text}`;
}

function equalError(actual: TestRun["error"], { name, message }: ExpectedError, about: string): void {
  if (name !== undefined) equal(actual?.name, name, `${about} failed by another error`);
  if (typeof message === "string") equal(actual?.message, message, `${about} failed with another message`);
  if (message instanceof RegExp && !message.test(actual?.message ?? ""))
    fail(`${about} failed with another message`, actual?.message, message);
}

function equal(actual: unknown, expected: unknown, message: string): void {
  if (!isDeepStrictEqual(actual, expected)) fail(message, actual, expected);
}

function fail(message: string, actual: unknown, expected: unknown): never {
  throw new AssertionError({ message, actual, expected, operator: "deepStrictEqual", stackStartFn: fail });
}
