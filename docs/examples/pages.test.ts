// What can be asked for is on a page: an option that is added to a type and not here does not compile.

import { readFileSync } from "node:fs";
import type { ClientOptions, FunctionContext, FunctionOptions, StepTools } from "stepwell";
import { expect, test } from "vitest";

type Names<Keys extends PropertyKey> = Readonly<Record<Keys & string, true>>;

const functionOptions: Names<keyof FunctionOptions | "triggers" | "onFailure"> = {
  id: true,
  name: true,
  description: true,
  triggers: true,
  concurrency: true,
  batchEvents: true,
  idempotency: true,
  rateLimit: true,
  throttle: true,
  debounce: true,
  priority: true,
  timeouts: true,
  singleton: true,
  cancelOn: true,
  circuitBreaker: true,
  retries: true,
  onFailure: true,
  middleware: true,
  checkpointing: true,
  experimentalCheckpointing: true,
  optimizeParallelism: true,
};

const given: Names<keyof FunctionContext> = {
  event: true,
  events: true,
  step: true,
  group: true,
  runId: true,
  attempt: true,
  maxAttempts: true,
  logger: true,
  requestId: true,
  jobId: true,
  error: true,
};

const stepTools: Names<Exclude<keyof StepTools, "ai"> | `ai.${keyof StepTools["ai"]}`> = {
  run: true,
  sleep: true,
  sleepUntil: true,
  waitForEvent: true,
  waitForSignal: true,
  sendSignal: true,
  invoke: true,
  sendEvent: true,
  fetch: true,
  "ai.infer": true,
  "ai.wrap": true,
  "ai.models": true,
};

const clientOptions: Names<keyof ClientOptions> = {
  id: true,
  name: true,
  eventKey: true,
  signingKey: true,
  signingKeyFallback: true,
  baseUrl: true,
  isDev: true,
  env: true,
  fetch: true,
  logger: true,
  internalLogger: true,
  schemas: true,
  middleware: true,
  appVersion: true,
  checkpointing: true,
  experimentalCheckpointing: true,
  optimizeParallelism: true,
};

test.each([
  ["functions.md", functionOptions, ""],
  ["functions.md", given, ""],
  ["steps.md", stepTools, "step."],
  ["environment.md", clientOptions, ""],
])("%s names all of %o", (page, names, prefix) => {
  const text = readFileSync(new URL(`../${page}`, import.meta.url), "utf8");
  const missing = Object.keys(names).filter((name) => !text.includes(`\`${prefix}${name}\``));
  expect(missing).toEqual([]);
});
