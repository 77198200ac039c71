import {
  createTestEngine,
  type TestEngine,
  type TestEngineOptions,
  type TestRun,
} from "@stepwell/testing";
import type { EventPayload, StepwellFunction } from "stepwell";
import { onTestFinished } from "vitest";

export interface World {
  readonly engine: TestEngine;
  send(...events: EventPayload[]): Promise<void>;
  advance(duration: string): Promise<void>;
  /** Of a function, or all, in the order in which they were started. */
  runs(target?: StepwellFunction): Promise<readonly TestRun[]>;
}

/** The functions of a page in the test kit, until the end of the test. */
export async function world(
  functions: readonly StepwellFunction[],
  options: Omit<TestEngineOptions, "functions"> = {},
): Promise<World> {
  const engine = await createTestEngine({ functions, seed: 1, ...options });
  onTestFinished(() => engine.close());
  return {
    engine,
    send: async (...events) => void (await engine.send(events)),
    advance: (duration) => engine.advance(duration),
    runs: async (target) => (await engine.runs(target)).toReversed(),
  };
}
