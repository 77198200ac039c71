// What tests of paced functions look at: runs of events, and when the app was at work.

import type { RunId } from "@stepwell/protocol";
import type { RunReport } from "@stepwell/store";
import { type AppProcess, startApp } from "./app-process.ts";
import type { Span } from "./paced-functions.ts";
import { type EndedRun, startTestServer, type TestServer } from "./test-server.ts";

const slugOf = (name: string): string => `conformance-${name}`;

export interface Sent {
  readonly data?: Readonly<Record<string, unknown>>;
  /** The event is of so many ms later than now. */
  readonly inMs?: number;
}

export class PacedWorld implements AsyncDisposable {
  readonly server: TestServer;
  readonly #app: AppProcess;

  private constructor(server: TestServer, app: AppProcess) {
    this.server = server;
    this.#app = app;
  }

  static async open(sdk: "v3" | "v4"): Promise<PacedWorld> {
    const server = await startTestServer();
    const app = await startApp({ sdk, serverUrl: server.url, functions: "paced" });
    await server.sync(app.url);
    return new PacedWorld(server, app);
  }

  /** One request of events for the function. */
  send(name: string, ...sent: readonly Sent[]): Promise<readonly string[]> {
    const ts = (inMs: number | undefined) => (inMs === undefined ? {} : { ts: Date.now() + inMs });
    return this.server.send(sent.map(({ data = {}, inMs }) => ({ name: `waiting/${name}`, data, ...ts(inMs) })));
  }

  ended(name: string, ids: readonly string[]): Promise<readonly EndedRun[]> {
    return Promise.all(ids.map((id) => this.server.runOf(id, slugOf(name))));
  }

  /** The outputs of the runs that events start, each with the event's data. */
  async outputs(name: string, ...data: readonly Readonly<Record<string, unknown>>[]): Promise<readonly unknown[]> {
    const ids = await this.send(name, ...data.map((each) => ({ data: each })));
    return (await this.ended(name, ids)).map(({ output }) => output);
  }

  /** When the app was at work for the run of each event. */
  async spans(name: string, ...data: readonly Readonly<Record<string, unknown>>[]): Promise<readonly Span[]> {
    return (await this.outputs(name, ...data)) as readonly Span[];
  }

  /** The eldest first. */
  async runsOf(name: string): Promise<readonly RunReport[]> {
    const found = this.server.engine.findFunction(slugOf(name));
    if (found === undefined) throw new Error(`no function ${name}`);
    const { rows } = await this.server.engine.reports.listRuns({ functionIds: [found.id] }, { limit: 100 });
    return rows.toReversed();
  }

  /** How long after the first of the runs was let in each was called, in order. */
  async begun(name: string): Promise<readonly number[]> {
    const runs = await this.runsOf(name);
    const since = Math.min(...runs.map(({ queuedAt }) => queuedAt));
    return runs.flatMap(({ startedAt }) => (startedAt === undefined ? [] : [startedAt - since])).sort((a, b) => a - b);
  }

  until<Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> {
    return this.server.until(what, look);
  }

  /** The function's only run, or its only one of a status, as soon as it is there. */
  runThatIs(name: string, status: string): Promise<RunReport> {
    return this.until(`a run of ${name} is ${status}`, async () =>
      (await this.runsOf(name)).find((run) => (run.endedAt === undefined ? this.server.engine.phaseOf(run).status : run.status) === status),
    );
  }

  /** Why the events started nothing of the function; `undefined`: nothing is said. */
  fates(name: string, ids: readonly string[]): Promise<readonly (string | undefined)[]> {
    return Promise.all(
      ids.map(async (id) => {
        const outcomes = await this.server.engine.reports.eventOutcomes(id as never);
        return outcomes.find(({ functionSlug }) => functionSlug === slugOf(name))?.kind;
      }),
    );
  }

  /** Waits until a tick of the function's schedule has this fate. */
  async tickThatIs(name: string, fate: string): Promise<void> {
    await this.until(`a tick of ${name} is ${fate}`, async () => {
      const { rows } = await this.server.engine.reports.listEvents({ names: ["inngest/scheduled.timer"] }, { limit: 100 });
      const fates = await this.fates(
        name,
        rows.map(({ id }) => id),
      );
      return fates.includes(fate) ? true : undefined;
    });
  }

  async rerun(runId: string): Promise<{ readonly status: number; readonly code?: string; readonly run?: RunId }> {
    const response = await fetch(`${this.server.url}/api/v1/runs/${runId}/rerun`, { method: "POST", body: "{}" });
    const body = (await response.json()) as { readonly code?: string; readonly data?: { readonly runId: RunId } };
    return {
      status: response.status,
      ...(body.code === undefined ? {} : { code: body.code }),
      ...(body.data === undefined ? {} : { run: body.data.runId }),
    };
  }

  endOf(runId: RunId): Promise<RunReport> {
    return this.until("the run has ended", async () => {
      const run = await this.server.engine.reports.getRun(runId);
      return run?.endedAt === undefined ? undefined : run;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app[Symbol.asyncDispose]();
    await this.server.stop();
  }
}

/** The most spans that were under way at one moment; one that begins as another ends is after it. */
export function overlapOf(spans: readonly Span[]): number {
  return Math.max(...spans.map(([moment]) => spans.filter(([from, to]) => from <= moment && moment < to).length));
}
