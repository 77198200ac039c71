import type { Gateway } from "@stepwell/engine";
import { refuseOldNode } from "@stepwell/store-sqlite";
import type { StepwellFunction } from "stepwell";
import { checkOptionNames, type EventToSend } from "stepwell/internals";
import type { MockHandler } from "./mock.ts";
import { TestEngine } from "./test-engine.ts";

export interface TestEngineOptions<Functions extends readonly StepwellFunction[] = readonly StepwellFunction[]> {
  /** What runs: of one client or of several. */
  readonly functions: Functions;
  /** Mocked steps by their ids, as with `mock(id).calls(handler)`. */
  readonly mocks?: Readonly<Record<string, MockHandler>>;
  /**
   * What becomes of a mock that no step has come by, when the engine is closed: `warn`, the default, names it on the console
   * where no run has come to its step; `error` fails the close, and so the test, as `assert.mocksUsed` does.
   */
  readonly unusedMocks?: "warn" | "error";
  /** Engine time at the beginning; by default the real one. From then on it moves only when the test moves it. */
  readonly now?: Date | string | number;
  /** Fixes ids, jitter and everything else that is left to chance. */
  readonly seed?: number;
  /** How long nothing of user code may go on, in ms of real time, before a wait for it fails; 5,000 by default. */
  readonly realMsMax?: number;
  /** Calls of functions under way at once; 250 by default. */
  readonly concurrency?: number;
  /** Makes the requests of `step.fetch` and `step.ai.infer`. Without it they must be mocked. */
  readonly gateway?: Gateway;
}

/**
 * The engine that ships, on SQLite in memory, with a clock that the test moves: retries, sleeps, waits, limits and schedules are
 * those of production, and a month passes in milliseconds. Engines share nothing, so tests can run beside each other.
 *
 * @throws {StepwellError} `node_too_old`, and what `createEngine` and a server refuse functions with.
 *
 * @example
 * await using t = await createTestEngine({ functions: [drip] });
 * await t.send({ name: "user/created", data: { id: 1 } });
 * await t.advance("3 days");
 * await t.assert.completed(drip);
 */
export async function createTestEngine<Functions extends readonly StepwellFunction[]>(
  options: TestEngineOptions<Functions>,
): Promise<TestEngine<EventToSend<Functions>>> {
  refuseOldNode();
  checkOptionNames("createTestEngine", options, optionNames);
  return TestEngine.open(options);
}

const optionNames = { functions: 1, mocks: 1, unusedMocks: 1, now: 1, seed: 1, realMsMax: 1, concurrency: 1, gateway: 1 } satisfies {
  readonly [Name in keyof TestEngineOptions]-?: 1;
};
