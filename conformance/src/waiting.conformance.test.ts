// Waits, signals, invokes and ends on every official SDK: real HTTP, a process per SDK version, the server that ships.

import type { RunId } from "@stepwell/protocol";
import type { RunReport } from "@stepwell/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppProcess, startApp } from "./app-process.ts";
import { endCases } from "./ends.cases.ts";
import { invokeCases } from "./invokes.cases.ts";
import { sdkTitle } from "./sdk-title.ts";
import { startTestServer, type TestServer } from "./test-server.ts";
import type { Told, WaitingCase } from "./waiting-cases.ts";
import { waitCases } from "./waits.cases.ts";

const slugOf = (name: string): string => `conformance-${name}`;

for (const sdk of ["v3", "v4", "own"] as const) {
  describe(`what waits, on ${sdkTitle(sdk)}`, () => {
    let server: TestServer;
    let app: AppProcess;

    beforeAll(async () => {
      server = await startTestServer();
      app = await startApp({ sdk, serverUrl: server.url, functions: "waiting" });
      await server.sync(app.url);
    }, 30_000);

    afterAll(async () => {
      await app[Symbol.asyncDispose]();
      await server.stop();
    });

    async function runsOf(name: string): Promise<readonly RunReport[]> {
      const found = server.engine.findFunction(slugOf(name));
      if (found === undefined) throw new Error(`no function ${name}`);
      const { rows } = await server.engine.reports.listRuns({ functionIds: [found.id] }, { limit: 100 });
      return rows;
    }

    /** Until nothing of the run can go on by itself, or it is over. */
    async function untilItWaits(runId: RunId): Promise<void> {
      for (let quiet = 0; quiet < 3; ) {
        const run = await server.engine.reports.getRun(runId);
        if (run === undefined || run.endedAt !== undefined) return;
        const { status, reason } = server.engine.phaseOf(run);
        quiet = status === "waiting" || reason?.code === "scheduled" ? quiet + 1 : 0;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }

    async function tell(told: Told): Promise<void> {
      if ("event" in told) await server.send({ name: told.event, data: told.data ?? {} });
      else if ("signal" in told) await server.engine.sendSignal({ signal: told.signal, data: JSON.stringify(told.data ?? null) as never });
      else for (const { id } of await runsOf(told.cancel)) await server.engine.cancelRun({ runId: id, reason: "the test said so" });
    }

    async function endOf(name: string, isOne: (run: RunReport) => boolean): Promise<RunReport> {
      for (const until = Date.now() + 20_000; ; ) {
        const run = (await runsOf(name)).find((each) => each.endedAt !== undefined && isOne(each));
        if (run !== undefined) return run;
        if (Date.now() > until) throw new Error(`no run of ${name} has ended: ${JSON.stringify(await runsOf(name))}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }

    async function check(each: WaitingCase): Promise<void> {
      for (const told of each.before ?? []) await tell(told);
      const ts = each.startsInMs === undefined ? {} : { ts: Date.now() + each.startsInMs };
      const [eventId] = await server.send({ name: `waiting/${each.name}`, data: each.data ?? {}, ...ts });
      const [started] = await server.engine.reports.eventRuns(eventId as never);
      if (started === undefined) throw new Error("the event started nothing");
      for (const told of each.told ?? []) {
        await untilItWaits(started.id);
        await tell(told);
      }
      const run = await endOf(each.name, ({ id }) => id === started.id);
      expect([run.status, run.status === (each.status ?? "completed") ? null : run.error]).toEqual([each.status ?? "completed", null]);
      if ("output" in each) expect(JSON.parse(run.output ?? "null")).toEqual(each.output);
      const error = JSON.parse(run.error ?? "null") as { readonly name: string; readonly message: string } | null;
      if (each.error?.name !== undefined) expect(error?.name).toBe(each.error.name);
      if (each.error?.message !== undefined) expect(error?.message).toMatch(each.error.message);
      if (each.cancelReason !== undefined) expect(run.cancelReason).toMatch(each.cancelReason);
      for (const [name, output] of Object.entries(each.alsoEnds ?? {})) {
        const other = await endOf(name, () => true);
        expect([other.status, JSON.parse(other.output ?? "null")]).toEqual(["completed", output]);
        expect(await runsOf(name)).toHaveLength(1);
      }
      for (const name of each.startsNot ?? []) expect(await runsOf(name)).toEqual([]);
    }

    test.concurrent.for([...waitCases, ...invokeCases, ...endCases])("$name", { timeout: 30_000 }, check);
  });
}
