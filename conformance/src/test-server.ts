import { type StartServerOptions, startServer } from "@stepwell/cli";
import type { Engine } from "@stepwell/engine";
import { LeapingClock } from "./leaping-clock.ts";

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly engine: Engine;
  /** Asks the app at the address to register; throws when it does not. */
  sync(url: string): Promise<void>;
  send(events: unknown, key?: string): Promise<readonly string[]>;
  /** Waits until the run that the event started for the function has ended. */
  runOf(eventId: string, slug: string): Promise<EndedRun>;
  /** Waits until it gives something. Where time leaps it does so meanwhile, whenever nothing is under way. */
  until<Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value>;
  stop(): Promise<void>;
}

export interface EndedRun {
  readonly id: string;
  readonly status: string;
  readonly output: unknown;
  readonly error: { readonly name: string; readonly message: string } | null;
  /** Names of settled steps in their order. */
  readonly steps: readonly string[];
  /** From its event to its end, in engine time. */
  readonly lastedMs: number;
}

export interface TestServerOptions extends Partial<StartServerOptions> {
  /** Whoever waits for a run waits for its calls and not for its sleeps and back-offs. Then attempts follow the table. */
  readonly leaps?: boolean;
}

/** A real server on a free port. In real time attempts follow each other quickly. */
export async function startTestServer({ leaps = false, ...options }: TestServerOptions = {}): Promise<TestServer> {
  const clock = leaps ? new LeapingClock() : undefined;
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
    ...(clock === undefined ? {} : { clock }),
    engine: { retryIntervalMs: leaps ? undefined : 40, ...options.engine },
  });
  const [key] = server.engine.apps().length >= 0 ? (options.signingKeys ?? []) : [];
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const { engine } = server;
  const look = clock === undefined ? () => undefined : leaper(engine, clock);
  const until: TestServer["until"] = (what, find) => waitUntil(what, find, look);
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
    until,
    runOf: (eventId, slug) => until(`the run of ${slug} has ended`, () => endedRun(engine, eventId, slug)),
    stop: () => server.stop(1_000),
    [Symbol.asyncDispose]: () => server.stop(1_000),
  };
}

const waitMsMax = 20_000;
const lookEveryMs = 15;
/** Longer than anything takes that is no call: a commit, a claim, a look of a loop. */
const quietMs = 30;

async function waitUntil<Value>(what: string, find: () => Promise<Value | undefined>, look: () => void): Promise<Value> {
  for (const until = Date.now() + waitMsMax; ; ) {
    const found = await find();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`waited ${waitMsMax} ms in vain until ${what}`);
    look();
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

/** Leaps when no call is under way and nothing has been written for a while. Those who wait share it. */
function leaper(engine: Engine, clock: LeapingClock): () => void {
  let seen = "";
  let since = 0;
  return () => {
    const { callsInFlight, callsMade, commits } = engine.gauges();
    const present = `${callsMade} ${commits}`;
    const now = performance.now();
    if (callsInFlight > 0 || present !== seen) {
      seen = present;
      since = now;
    } else if (now - since > quietMs) {
      clock.leap();
      since = now;
    }
  };
}

async function endedRun(engine: Engine, eventId: string, slug: string): Promise<EndedRun | undefined> {
  const run = (await engine.reports.eventRuns(eventId as never)).find(({ functionSlug }) => functionSlug === slug);
  if (run?.endedAt === undefined) return undefined;
  const steps = await engine.reports.runSteps(run.id);
  const settled = steps.filter(({ ord }) => ord !== undefined).sort((a, b) => (a.ord ?? 0) - (b.ord ?? 0));
  return {
    id: run.id,
    status: run.status,
    output: run.output === undefined ? undefined : JSON.parse(run.output),
    error: run.error === undefined ? null : JSON.parse(run.error),
    steps: settled.map(({ name }) => name),
    lastedMs: run.endedAt - run.queuedAt,
  };
}
