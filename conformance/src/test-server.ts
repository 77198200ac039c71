import { type StartServerOptions, startServer } from "@stepwell/cli";
import type { Engine } from "@stepwell/engine";

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly engine: Engine;
  /** Asks the app at the address to register; throws when it does not. */
  sync(url: string): Promise<void>;
  send(events: unknown, key?: string): Promise<readonly string[]>;
  /** Waits until the run that the event started for the function has ended. */
  runOf(eventId: string, slug: string): Promise<EndedRun>;
  stop(): Promise<void>;
}

export interface EndedRun {
  readonly id: string;
  readonly status: string;
  readonly output: unknown;
  readonly error: { readonly name: string; readonly message: string } | null;
  /** Names of settled steps in their order. */
  readonly steps: readonly string[];
}

/** A real server on a free port; attempts follow each other quickly. */
export async function startTestServer(options: Partial<StartServerOptions> = {}): Promise<TestServer> {
  const server = await startServer({
    mode: "dev",
    hosts: ["127.0.0.1"],
    port: 0,
    eventKeys: [],
    signingKeys: [],
    allowHosts: [],
    appUrls: [],
    discovers: false,
    discoverPorts: [],
    pollMs: 0,
    ...options,
    engine: { retryIntervalMs: 40, ...options.engine },
  });
  const [key] = server.engine.apps().length >= 0 ? (options.signingKeys ?? []) : [];
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const { engine } = server;
  return {
    url: server.url,
    engine,
    async sync(url) {
      const response = await fetch(`${server.url}/api/v1/apps/sync`, { method: "POST", headers, body: JSON.stringify({ url }) });
      if (!response.ok) throw new Error(`the sync failed: ${await response.text()}`);
    },
    async send(events, eventKey = "test") {
      const response = await fetch(`${server.url}/e/${eventKey}`, { method: "POST", body: JSON.stringify(events) });
      const body = (await response.json()) as { readonly ids: readonly string[]; readonly error?: string };
      if (!response.ok) throw new Error(`the events were refused: ${body.error}`);
      return body.ids;
    },
    runOf: (eventId, slug) => waitForRun(engine, eventId, slug),
    stop: () => server.stop(1_000),
    [Symbol.asyncDispose]: () => server.stop(1_000),
  };
}

const waitMsMax = 20_000;
const lookEveryMs = 15;

async function waitForRun(engine: Engine, eventId: string, slug: string): Promise<EndedRun> {
  const until = Date.now() + waitMsMax;
  for (;;) {
    const runs = await engine.reports.eventRuns(eventId as never);
    const run = runs.find(({ functionSlug }) => functionSlug === slug);
    if (run !== undefined && run.endedAt !== undefined) {
      const steps = await engine.reports.runSteps(run.id);
      const settled = steps.filter(({ ord }) => ord !== undefined).sort((a, b) => (a.ord ?? 0) - (b.ord ?? 0));
      return {
        id: run.id,
        status: run.status,
        output: run.output === undefined ? undefined : JSON.parse(run.output),
        error: run.error === undefined ? null : JSON.parse(run.error),
        steps: settled.map(({ name }) => name),
      };
    }
    if (Date.now() > until) throw new Error(`no ended run of ${slug} after ${waitMsMax} ms: ${JSON.stringify(run ?? null)}`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
