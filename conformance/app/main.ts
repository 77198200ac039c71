// An app on an official SDK, as a process of its own: node main.ts, with SDK, FRAMEWORK and the SDK's own variables set.
// It prints the port it listens on.

import { createServer } from "node:http";
import { cases, eventNameOf, type HandlerInput } from "../src/cases.ts";
import { collectingFunctions } from "../src/collecting-functions.ts";
import { endCases } from "../src/ends.cases.ts";
import { failingFunctions } from "../src/failing-functions.ts";
import { gatedFunctions } from "../src/gated-functions.ts";
import { invokeCases, invokedFunctions } from "../src/invokes.cases.ts";
import { killedFunctions } from "../src/killed-functions.ts";
import { pacedFunctions } from "../src/paced-functions.ts";
import { type RequestingInput, requestCases } from "../src/requests.cases.ts";
import { restFunctions } from "../src/rest-functions.ts";
import { scheduledFunctions } from "../src/scheduled-functions.ts";
import { shakyFunctions } from "../src/shaky-functions.ts";
import type { WaitingFunction, WaitingInput } from "../src/waiting-cases.ts";
import { waitCases } from "../src/waits.cases.ts";
import { serveWith } from "./frameworks.ts";

const isV4 = process.env["SDK"] !== "v3";
const packages: Readonly<Record<string, string>> = { v3: "inngest-v3", v4: "inngest", own: "stepwell" };
const sdkName = packages[process.env["SDK"] ?? "v4"] ?? "inngest";
const sdk = (await import(sdkName)) as unknown as Sdk;

interface Sdk {
  readonly Inngest: new (options: object) => Client;
  readonly NonRetriableError: HandlerInput["errors"]["NonRetriableError"];
  readonly RetryAfterError: HandlerInput["errors"]["RetryAfterError"];
  referenceFunction(of: { readonly appId: string; readonly functionId: string }): unknown;
}
interface Client {
  createFunction(...args: readonly unknown[]): unknown;
  send(events: unknown): Promise<{ readonly ids: readonly string[] }>;
  sendSignal(signal: unknown): Promise<unknown>;
}

const client = new sdk.Inngest({
  id: process.env["APP_ID"] ?? "conformance",
  ...(process.env["EVENT_KEY"] === undefined ? {} : { eventKey: process.env["EVENT_KEY"] }),
  ...(isV4 ? { logger: silent() } : {}),
});
const counts = new Map<string, number>();

function countFor(runId: string): HandlerInput["count"] {
  return (what) => {
    const key = `${runId} ${what}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts.get(key) ?? 0;
  };
}

function silent(): object {
  const nothing = (): void => undefined;
  return { info: nothing, warn: nothing, error: nothing, debug: nothing };
}

/** Cases left out by name, so that a test can re-sync a smaller app. */
const without = (process.env["WITHOUT"] ?? "").split(",");

const errors = { NonRetriableError: sdk.NonRetriableError, RetryAfterError: sdk.RetryAfterError };

/** In the form of either version; the elder takes a single trigger or a list in the same place. */
function createFunction(options: object, triggers: readonly object[], handle: (input: HandlerInput) => unknown): unknown {
  const handler = (input: HandlerInput): unknown => handle({ ...input, count: countFor(input.runId), errors });
  return isV4 ? client.createFunction({ ...options, triggers }, handler) : client.createFunction(options, triggers, handler);
}

const functionsOfCases = (): readonly unknown[] =>
  cases
    .filter(({ name }) => !without.includes(name))
    .map((test) => {
      const trigger = { event: eventNameOf(test), ...(test.trigger?.if === undefined ? {} : { if: test.trigger.if }) };
      const checkpointing = test.checkpointing === undefined ? {} : { checkpointing: test.checkpointing };
      return createFunction({ id: test.name, retries: test.retries ?? 2, ...checkpointing }, [trigger], test.handler);
    });

const functionsOfSchedules = (): readonly unknown[] =>
  scheduledFunctions
    .filter(({ name }) => !without.includes(name))
    .map(({ name, triggers, handler }) => createFunction({ id: name, retries: 2 }, triggers, handler));

const waitingByName = new Map<string, unknown>();

function waitingFunction({ name, options, triggers, onFailure, handler }: WaitingFunction): unknown {
  const more = {
    functionOf: (other: string) => waitingByName.get(other),
    reference: (appId: string, functionId: string) => sdk.referenceFunction({ appId, functionId }),
  };
  const handle = (input: HandlerInput): unknown => handler({ ...input, ...more } as unknown as WaitingInput);
  const failed = onFailure === undefined ? {} : { onFailure: (input: HandlerInput) => onFailure({ ...input, ...more } as never) };
  const made = createFunction({ id: name, retries: 2, ...options, ...failed }, triggers ?? [{ event: `waiting/${name}` }], handle);
  waitingByName.set(name, made);
  return made;
}

const functionsOfWaiting = (): readonly unknown[] =>
  [...invokedFunctions, ...[...waitCases, ...invokeCases, ...endCases].flatMap((each) => [each, ...(each.others ?? [])])].map(
    waitingFunction,
  );

const functionsOfKilled = (): readonly unknown[] => killedFunctions.map(waitingFunction);

const functionsOfCollecting = (): readonly unknown[] => collectingFunctions.map(waitingFunction);
const functionsOfGated = (): readonly unknown[] => gatedFunctions.map(waitingFunction);

const functionsOfFailing = (): readonly unknown[] => failingFunctions.map(waitingFunction);

const functionsOfRest = (): readonly unknown[] => restFunctions.map(waitingFunction);

const functionsOfRequests = (): readonly unknown[] =>
  requestCases.map(({ name, handler }) =>
    createFunction({ id: name, retries: 2 }, [{ event: `requests/${name}` }], (input) => handler(input as unknown as RequestingInput)),
  );

const sets = {
  requests: functionsOfRequests,
  collecting: functionsOfCollecting,
  rest: functionsOfRest,
  gated: functionsOfGated,
  paced: () => pacedFunctions.map(waitingFunction),
  cases: functionsOfCases,
  schedules: functionsOfSchedules,
  waiting: functionsOfWaiting,
  killed: functionsOfKilled,
  failing: functionsOfFailing,
  shaky: () => shakyFunctions.map(waitingFunction),
};
const functions = sets[(process.env["FUNCTIONS"] ?? "cases") as keyof typeof sets]();

const listener = await serveWith(process.env["FRAMEWORK"] ?? "express", sdkName, {
  client,
  functions,
  streaming: process.env["STREAMING"] === "1",
});

const server = createServer(async (request, response) => {
  const asked = async (act: (body: unknown) => Promise<unknown>): Promise<void> => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    response.end(JSON.stringify((await act(JSON.parse(body)).catch((error: Error) => ({ error: error.message }))) ?? null));
  };
  if (request.url?.startsWith("/counts/") === true) {
    const runId = request.url.slice("/counts/".length);
    const own = [...counts].filter(([key]) => key.startsWith(`${runId} `)).map(([key, count]) => [key.slice(runId.length + 1), count]);
    response.end(JSON.stringify(Object.fromEntries(own)));
  } else if (request.url === "/send") await asked((events) => client.send(events));
  else if (request.url === "/signal") await asked((signal) => client.sendSignal(signal));
  else listener(request, response);
});
server.listen(Number(process.env["PORT"] ?? 0), "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`listening ${typeof address === "object" ? address?.port : ""}\n`);
});
