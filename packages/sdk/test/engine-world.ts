// Functions of this package on the engine and the store that ship, in one process and in virtual time.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEngine, type Call, type CallReply, type Engine, type Transport } from "@stepwell/engine";
import { SeededRandom, VirtualClock } from "@stepwell/engine/testing";
import { type EventId, eventMapJson, parseEventBody, parseRegisterRequest, type Reply } from "@stepwell/protocol";
import { openSqliteStore } from "@stepwell/store-sqlite";
import { onTestFinished } from "vitest";
import type { Stepwell } from "../src/client/stepwell.ts";
import type { EventPayload, ReceivedEvent } from "../src/define/event.ts";
import { type Executable, executablesOf } from "../src/define/executable.ts";
import type { StepwellFunction } from "../src/define/stepwell-function.ts";
import { eventsText, executeFunction, functionConfigs, memosOfText, setTransport } from "../src/internals.ts";

export interface EndedRun {
  readonly status: string;
  readonly output: unknown;
  readonly error: { readonly name: string; readonly message: string } | undefined;
}

export interface EngineWorld {
  readonly clock: VirtualClock;
  readonly engine: Engine;
  /** Every call that was made, and what was answered. */
  readonly calls: readonly { readonly call: Call; readonly reply: CallReply }[];
  send(event: EventPayload): Promise<string>;
  /** Lets time pass until nothing is due, or for so long. */
  advance(ms?: number): Promise<void>;
  /** The run of an event once nothing is due any more. */
  runOf(eventId: string): Promise<EndedRun>;
}

export async function engineWorld(
  client: Stepwell,
  functions: readonly StepwellFunction[],
  options: { readonly checkpoints?: boolean } = {},
): Promise<EngineWorld> {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-sdk-"));
  const clock = new VirtualClock();
  const store = await openSqliteStore({ file: join(folder, "world.db"), now: clock.now(), synchronous: "off", reader: "inline" });
  const executables = executablesOf(client, functions);
  const calls: { call: Call; reply: CallReply }[] = [];
  /** Calls whose code is under way. */
  let open = 0;
  const turns = () => endTurns(clock, () => open);
  const transport: Transport = {
    inProcess: true,
    async call(call) {
      open += 1;
      const reply = await answer(call, executables.get(call.target.slug), clock, options.checkpoints === true ? engine : undefined);
      open -= 1;
      calls.push({ call, reply });
      return reply;
    },
  };
  const engine = buildEngine({ store, transport, clock, random: new SeededRandom(1) });
  await engine.start();
  setTransport(client, {
    async sendEvents(events) {
      const body = parseEventBody(await eventsText(events));
      if (body.kind === "refused") throw new Error(body.message);
      const sent = engine.sendEvents({ events: body.events });
      clock.endTurn();
      return { ids: [...(await sent).ids] };
    },
    async sendSignal() {
      return { runId: undefined };
    },
  });
  onTestFinished(async () => {
    setTransport(client, undefined);
    await engine.stop({ graceMs: 0 });
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const registered = parseRegisterRequest(
    JSON.stringify({
      appName: client.id,
      url: "http://in.process/",
      sdk: "test",
      deployType: "ping",
      functions: functionConfigs(client, functions, "http://in.process/"),
    }),
  );
  if (registered.kind === "refused") throw new Error(registered.message);
  const synced = engine.syncApp(registered.request);
  await turns();
  await synced;

  const advance = async (ms = Number.POSITIVE_INFINITY): Promise<void> => {
    const end = clock.now() + ms;
    await turns();
    for (let at = clock.nextAt; at !== undefined && at <= end && at < clock.now() + 400 * 86_400_000; at = clock.nextAt) {
      clock.moveTo(at);
      await turns();
    }
    if (Number.isFinite(end)) clock.moveTo(end);
  };
  return {
    clock,
    engine,
    calls,
    advance,
    async send(event) {
      return (await client.send(event)).ids[0] ?? "";
    },
    async runOf(eventId) {
      await advance(30 * 86_400_000);
      const [run] = await engine.reports.eventRuns(eventId as EventId);
      if (run === undefined) throw new Error("the event started no run");
      return {
        status: run.status,
        output: run.output === undefined ? undefined : JSON.parse(run.output),
        error: run.error === undefined ? undefined : JSON.parse(run.error),
      };
    },
  };
}

/** Ends turns until nothing is deferred any more and user code had its chance. */
async function endTurns(clock: VirtualClock, open: () => number): Promise<void> {
  for (let quiet = 0, waited = 0; quiet < 8; waited += 1) {
    // User code may await something of the real world.
    await new Promise((resolve) => (open() > 0 && waited > 50 ? setTimeout(resolve, 1) : setImmediate(resolve)));
    quiet = clock.endTurn() || open() > 0 ? 0 : quiet + 1;
  }
}

async function answer(call: Call, executable: Executable | undefined, clock: VirtualClock, engine: Engine | undefined): Promise<Reply> {
  if (executable === undefined)
    return { kind: "error", code: "function_not_found", error: { name: "Error", message: "no such function" }, noRetry: true };
  const events = call.events.map((event) => JSON.parse(eventMapJson({ ...event, id: event.externalId ?? event.id })) as ReceivedEvent);
  const { runId, attempt, maxAttempts, stepId, plan, version, itemId, generation, stepInput } = call;
  const memos = memosOfText(call.memos);
  const read = (id: string): unknown => (id === stepInput?.stepId ? { input: JSON.parse(stepInput.input) } : memos.read(id));
  return executeFunction(
    executable,
    {
      ...{ runId, attempt, maxAttempts, plan, version, events },
      memos: { order: memos.order, read },
      isOwnServer: true,
      ...(stepId === undefined ? {} : { stepId }),
    },
    {
      now: () => clock.now(),
      ...(engine === undefined
        ? {}
        : {
            async checkpoint(ops) {
              const saved = engine.checkpoint({ runId, itemId, generation, ops });
              clock.endTurn();
              const { kind } = await saved;
              return kind === "saved" ? "saved" : kind === "stale" || kind === "run_ended" ? "stale" : "failed";
            },
          }),
    },
  );
}
