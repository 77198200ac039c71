// `npm start` as somebody uses it: started, interrupted, killed, started again. On ports and data of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { ask, post, until } from "./requests.ts";

const script = fileURLToPath(new URL("../start.ts", import.meta.url));
// Signals to a group of processes, and to one that may not be caught.
const isPosix = process.platform !== "win32";
let data: string;
let port: number;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "stepwell-start-"));
  port = await fourFreePorts();
});

afterAll(() => rmSync(data, { recursive: true, force: true }));

test.skipIf(!isPosix)(
  "Ctrl-C reaches the server once: the call under way comes back, its step is recorded, and everything ends with 0",
  async () => {
    const start = npmStart();
    await start.printed("Everything stays up");
    const { called, release } = await callUnderWay();
    await called;
    start.signalGroup("SIGINT");
    await start.printed("waiting for 1 call under way");
    release();
    expect(await start.ended).toBe(0);
    expect(await openPorts()).toEqual([]);

    const again = npmStart();
    await again.printed("Everything stays up");
    const runs = (
      await ask<{ readonly data: readonly { readonly id: string }[] }>(`${server()}/api/v1/runs?fn=meridian-test-inngest-connection`)
    )?.data;
    const traces = await Promise.all((runs ?? []).map(({ id }) => ask<Trace>(`${server()}/api/v1/runs/${id}/trace`)));
    const callbacks = traces.flatMap((trace) => trace?.data.spans ?? []).filter(({ name }) => name === "send-callback");
    expect(callbacks).toHaveLength(3);
    expect(callbacks.map(({ status, attempts }) => ({ status, attempts }))).toEqual(Array(3).fill({ status: "completed", attempts: 1 }));
    again.signalGroup("SIGINT");
    expect(await again.ended).toBe(0);
  },
  60_000,
);

test.skipIf(!isPosix)(
  "killed outright it leaves nothing behind: the next one starts on the same ports and data",
  async () => {
    const killed = npmStart();
    await killed.printed("Everything stays up");
    const second = npmStart("--once");
    await second.printed(/port \d+, for the Stepwell server, is taken: a Stepwell server is already running there \(pid \d+\); waiting/);
    killed.kill();
    expect(await second.ended).toBe(0);
    expect(second.output()).toContain("The runs, newest first");
    expect(await openPorts()).toEqual([]);
  },
  60_000,
);

test("while one is running a second says so, with the pid, and ends with 5", async () => {
  const first = npmStart();
  await first.printed("Stepwell 0.");
  const second = npmStart("--once");
  expect(await second.ended).toBe(5);
  expect(second.output()).toMatch(
    /error: port \d+, for the Stepwell server, is taken: a Stepwell server is already running there \(pid \d+\)\n/,
  );
  first.kill();
  await first.ended;
}, 60_000);

test("a port of somebody else's is refused at once", async () => {
  const foreign = await listen(
    createServer((_, response) => response.end("<html>")),
    port + 1,
  );
  const start = npmStart("--once");
  expect(await start.ended).toBe(5);
  expect(start.output()).toContain(`error: port ${port + 1}, for Meridian, is taken: another program listens there`);
  await new Promise((resolve) => foreign.close(resolve));
}, 60_000);

test("another example is compiled and runs the same way; one that there is not is refused", async () => {
  const start = npmStart("--once", "--example", "handyman");
  expect(await start.ended).toBe(0);
  expect(start.output()).toContain("✓ handyman-app-send-welcome-email-job");
  const refused = npmStart("--example", "nothing");
  expect(await refused.ended).toBe(2);
  expect(refused.output()).toBe('error: there is no example "nothing"; there are meridian and handyman\n');
}, 60_000);

interface Trace {
  readonly data: { readonly spans: readonly { readonly name: string; readonly status: string; readonly attempts: number }[] };
}

function server(): string {
  return `http://localhost:${port}`;
}

/** A process group of its own, as a terminal makes one. */
function npmStart(...flags: readonly string[]) {
  const child = spawn(process.execPath, [script, "--port", String(port), "--data", data, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const lines: string[] = [];
  const onLine: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      for (const look of onLine) look();
    });
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
    await until("its programs have ended", async () => (await openPorts()).length === 0);
  });
  return {
    ended,
    output: () => `${lines.join("\n")}\n`,
    printed: (text: string | RegExp): Promise<void> =>
      Promise.race([
        new Promise<void>((resolve) => {
          const look = (): void => {
            if (lines.some((line) => (typeof text === "string" ? line.includes(text) : text.test(line)))) resolve();
          };
          onLine.push(look);
          look();
        }),
        ended.then((code) => Promise.reject(new Error(`it ended with ${code} before it said ${text}:\n${lines.join("\n")}`))),
      ]),
    signalGroup: (signal: NodeJS.Signals) => process.kill(-(child.pid ?? 0), signal),
    kill: () => void (child as ChildProcess).kill("SIGKILL"),
  };
}

/** Meridian's third step waits until it is released. */
async function callUnderWay(): Promise<{ readonly called: Promise<void>; readonly release: () => void }> {
  const called = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const slow = await listen(
    createServer((_, response) => {
      called.resolve();
      void released.promise.then(() => response.setHeader("content-type", "application/json").end("{}"));
    }),
    0,
  );
  onTestFinished(() => {
    slow.close();
    slow.closeAllConnections();
  });
  const address = slow.address();
  const slowPort = typeof address === "object" && address !== null ? address.port : 0;
  const callbackUrl = `http://127.0.0.1:${slowPort}/`;
  await post(`${server()}/e/key`, { name: "test.connection", data: { testId: "slow", message: "slow", callbackUrl } });
  return { called: called.promise, release: released.resolve };
}

async function openPorts(): Promise<readonly number[]> {
  const ports = [port, port + 1, port + 2, port + 3];
  const open = await Promise.all(ports.map((each) => isOpen(each)));
  return ports.filter((_, index) => open[index]);
}

async function isOpen(each: number): Promise<boolean> {
  return listen(createServer(), each).then(
    (probe) => {
      probe.close();
      return false;
    },
    () => true,
  );
}

function listen(http: Server, on: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(on, "127.0.0.1", () => resolve(http));
  });
}

async function fourFreePorts(): Promise<number> {
  for (let first = 23_000 + (process.pid % 1_000) * 4; first < 60_000; first += 4) {
    const taken = await Promise.all([0, 1, 2, 3].map((offset) => isOpen(first + offset)));
    if (!taken.includes(true)) return first;
  }
  throw new Error("no four free ports in a row");
}
