// Meridian as it runs: the real server, the app and the mail catcher as processes of their own, over HTTP and SMTP.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RunningServer, startServer } from "@stepwell/cli";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const folder = fileURLToPath(new URL("..", import.meta.url));
const data = mkdtempSync(join(tmpdir(), "meridian-"));
const processes: ChildProcess[] = [];
let server: RunningServer;
let app: string;
let mailUrl: string;
let smtpPort: number;
type Sdk = "stepwell" | "3" | "4";
let sdkVersion: Sdk;

/** Everything that Meridian promises, on our SDK or on a version of the official one. */
export function meridianSuite(version: Sdk): void {
  beforeAll(async () => {
    sdkVersion = version;
    server = await startServer({
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
      engine: { retryIntervalMs: 50 },
    });
    smtpPort = await freePort();
    const mailPort = await freePort();
    mailUrl = `http://127.0.0.1:${mailPort}/messages`;
    await start("mail-catcher.js", { SMTP_PORT: String(smtpPort), MAIL_HTTP_PORT: String(mailPort) });
    app = await startMeridian({ AUTO_CHECKOUT_DELAY: "1s" });
  }, 60_000);

  afterAll(async () => {
    for (const child of processes) child.kill("SIGKILL");
    await server.stop(1_000);
    rmSync(data, { recursive: true, force: true });
  });

  test("the app runs on the SDK that is meant", async () => {
    const { data } = (await (await fetch(`${server.url}/api/v1/apps`)).json()) as Answer;
    expect(data.map(({ sdk }: Answer) => sdk)).toEqual([
      expect.stringMatching(version === "stepwell" ? /^stepwell-js:v/ : new RegExp(`^js:v${version}\\.`)),
    ]);
  });

  describe("the functions", () => {
    test("send-welcome-email: who registers gets a mail", async () => {
      const user = await register();
      const run = await runOf("send-welcome-email", user.id);
      expect(run).toMatchObject({ status: "completed", steps: ["send-email"], output: { success: true } });
      expect(await mailTo(user.email)).toEqual([expect.objectContaining({ subject: `Welcome to Meridian, ${user.name}!` })]);
    });

    test("process-room-checkout: occupancy, history, status, a mail and analytics, in six steps", async () => {
      const user = await register();
      await checkIn(user.id, "atrium");
      expect(
        await api("/api/inngest-examples/checkout-room", { userId: user.id, roomId: "atrium", reason: "Study session completed" }),
      ).toMatchObject({ status: 202, body: { success: true } });
      const run = await runOf("process-room-checkout", user.id);
      expect(run).toMatchObject({
        status: "completed",
        output: { success: true, roomId: "atrium", occupancy: 0, reason: "Study session completed", analytics: { sessions: 1 } },
      });
      expect(run.steps).toEqual([
        "validate-checkout",
        "update-room-occupancy",
        "record-study-history",
        "update-user-status",
        "send-checkout-notification",
        "update-analytics",
      ]);
      expect(await userState(user.id)).toMatchObject({
        user: { room_id: null, status: "free" },
        history: [{ room_id: "atrium", reason: "Study session completed" }],
      });
      expect((await mailTo(user.email)).map(({ subject }) => subject)).toContain("You left atrium");
    });

    test("process-room-checkout: whoever is not in the room is left where they are", async () => {
      const user = await register();
      await checkIn(user.id, "east");
      await api("/api/inngest-examples/checkout-room", { userId: user.id, roomId: "west" });
      expect(await runOf("process-room-checkout", user.id)).toMatchObject({
        status: "completed",
        steps: ["validate-checkout"],
        output: { success: false },
      });
      expect(await userState(user.id)).toMatchObject({ user: { room_id: "east" }, history: [] });
    });

    test("process-room-checkout: of several at once for one stay, one ends it", async () => {
      const user = await register();
      await checkIn(user.id, "tower");
      // Sent together they are called together, and each validates before one writes.
      const data = { userId: user.id, roomId: "tower", checkoutTime: new Date().toISOString(), reason: "Leaving" };
      const ids = await send(...Array.from({ length: 5 }, () => ({ name: "room.checkout", data })));
      const runs = await Promise.all(ids.map((id) => runOfEvent("process-room-checkout", id)));
      expect(runs.map(({ status }) => status)).toEqual(Array(5).fill("completed"));
      expect(runs.filter(({ output }) => output.success)).toHaveLength(1);
      expect((await userState(user.id)).history).toHaveLength(1);
      expect((await mailTo(user.email)).filter(({ subject }) => subject === "You left tower")).toHaveLength(1);
    });

    test("process-room-checkout: who comes back to a room can leave it again", async () => {
      const user = await register();
      for (const reason of ["first", "second"]) {
        await checkIn(user.id, "hall");
        const { body } = await api("/api/inngest-examples/checkout-room", { userId: user.id, roomId: "hall", reason });
        expect((await runOfEvent("process-room-checkout", body.eventIds[0])).output).toMatchObject({ success: true, reason });
      }
      expect((await userState(user.id)).history).toHaveLength(2);
    });

    test("test-inngest-connection: the round trip ends at the callback", async () => {
      const { body } = await api("/api/inngest-examples/test-connection", { message: "Hello from the backend!" });
      const run = await runOfEvent("test-inngest-connection", body.eventIds[0]);
      expect(run).toMatchObject({
        status: "completed",
        steps: ["log-received-event", "simulate-processing", "send-callback", "log-callback-result"],
        output: { testId: body.testId },
      });
      expect(await (await fetch(`${app}/api/inngest-examples/test-callback/${body.testId}`)).json()).toMatchObject({
        message: "Hello from the backend!",
      });
    });

    test("test-inngest-dashboard: started by its event alone, it calls back", async () => {
      const [eventId] = await send({ name: "test.dashboard", data: { message: "Testing from dashboard!" } });
      const run = await runOfEvent("test-inngest-dashboard", eventId);
      expect(run).toMatchObject({ status: "completed", output: { success: true, message: "Testing from dashboard!" } });
      expect(run.steps).toEqual(["log-dashboard-trigger", "simulate-processing", "send-callback", "log-completion"]);
    });
  });

  describe("events from outside with other data than was promised", () => {
    test("a check-out of no user is no check-out", async () => {
      const [id] = await send({ name: "room.checkout", data: { userId: {}, roomId: 7 } });
      expect(await runOfEvent("process-room-checkout", id)).toMatchObject({ status: "completed", output: { success: false } });
    });

    test("a callback that the receiver refuses fails its run at once, with what it said", async () => {
      const callbackUrl = `${app}/api/inngest-examples/test-callback`;
      const [id] = await send({ name: "test.connection", data: { testId: "t", message: {}, callbackUrl } });
      const run = await runOfEvent("test-inngest-connection", id);
      expect(run).toMatchObject({ status: "failed", error: { message: expect.stringContaining("message must be a text") } });
    });
  });

  describe("the automatic check-out", () => {
    test("checks out whoever is still there", async () => {
      const user = await register();
      await checkIn(user.id, "quiet-1");
      expect(await runOf("auto-checkout-after-delay", user.id)).toMatchObject({ status: "completed", output: { checkedOut: true } });
      expect(await runOf("process-room-checkout", user.id)).toMatchObject({
        status: "completed",
        output: { success: true, reason: "Auto-checkout after 2 hours" },
      });
      expect(await userState(user.id)).toMatchObject({ user: { room_id: null }, history: [{ room_id: "quiet-1" }] });
    });

    test("does nothing when the person has left", async () => {
      const user = await register();
      await checkIn(user.id, "quiet-2");
      await api("/api/inngest-examples/checkout-current-room", { userId: user.id, reason: "Leaving for class" });
      await runOf("process-room-checkout", user.id);
      expect(await runOf("auto-checkout-after-delay", user.id)).toMatchObject({ status: "completed", output: { checkedOut: false } });
      expect((await userState(user.id)).history).toHaveLength(1);
    });

    test("does nothing for a check-in that a later one has replaced: moved, or left and come back", async () => {
      const user = await register();
      await checkIn(user.id, "quiet-3");
      await checkIn(user.id, "quiet-4");
      const runs = await Promise.all(["quiet-3", "quiet-4"].map((roomId) => runOf("auto-checkout-after-delay", user.id, roomId)));
      expect(runs.map(({ output }) => output.checkedOut)).toEqual([false, true]);
    });

    test("sleeps for two hours where no test makes it shorter, and says until when", async () => {
      const other = await startMeridian({});
      const user = await register(other);
      const before = Date.now();
      await api(`/api/users/${user.id}/check-in`, { roomId: "reading-room" }, other);
      const run = await expectRun("auto-checkout-after-delay", user.id);
      await expect.poll(async () => (await runView(run)).status).toBe("waiting");
      const { statusReason } = await runView(run);
      expect(statusReason.code).toBe("sleep");
      const asleepMs = Date.parse(statusReason.until) - before;
      expect(asleepMs).toBeGreaterThanOrEqual(7_200_000);
      expect(asleepMs).toBeLessThan(7_210_000);
      const trace = (await (await fetch(`${server.url}/api/v1/runs/${run}/trace`)).json()) as {
        data: { spans: { name: string; status: string }[] };
      };
      expect(trace.data.spans.at(-1)).toMatchObject({ name: "wait-before-auto-checkout", status: "sleeping" });
      // The address of the functions goes back to the app of the other tests.
      await sync(app);
    });
  });

  describe("the routes", () => {
    test.for([
      ["/api/auth/register", { username: "x" }, 400],
      ["/api/auth/register", { email: "a@b.example" }, 400],
      ["/api/users/nobody/check-in", { roomId: "a" }, 404],
      ["/api/inngest-examples/checkout-room", { roomId: "a" }, 401],
      ["/api/inngest-examples/checkout-current-room", {}, 401],
      ["/api/inngest-examples/test-callback", {}, 400],
      ["/api/auth/register", { email: "a@b.example", username: "x", name: {} }, 400],
      ["/api/auth/register", { email: "a@b.example", username: "x", school: [1] }, 400],
      ["/api/auth/register", { email: "a@b.example", username: 7 }, 400],
      ["/api/auth/register", [], 400],
      ["/api/inngest-examples/checkout-room", { userId: {}, roomId: "a" }, 401],
      ["/api/inngest-examples/checkout-current-room", { userId: ["a"] }, 401],
      ["/api/inngest-examples/test-callback", { testId: "t", message: {} }, 400],
      ["/api/inngest-examples/test-callback", { testId: {}, message: "m" }, 400],
      ["/api/inngest-examples/test-connection", { message: {} }, 400],
      ["/api/inngest-examples/trigger-room-checkout", {}, 404],
      ["/api/users/%E0%A4%A/check-in", { roomId: "a" }, 400],
      ["/api/auth/register", '{"email":', 400],
      ["/api/inngest-examples/test-connection", "not JSON", 400],
    ] as const)("POST %s with %j is refused with %i and a message", async ([path, body, status]) => {
      expect(await api(path, body)).toEqual({ status, body: { error: expect.any(String) } });
    });

    test("a body that is too large is refused with 413 and a message", async () => {
      const body = { roomId: "a".repeat(11_000_000) };
      expect(await api("/api/users/nobody/check-in", body)).toEqual({ status: 413, body: { error: expect.any(String) } });
    });

    test("a user in no room has none to check out of, and a room must be named", async () => {
      const user = await register();
      expect((await api("/api/inngest-examples/checkout-current-room", { userId: user.id })).status).toBe(400);
      expect((await api("/api/inngest-examples/checkout-room", { userId: user.id })).status).toBe(400);
      for (const roomId of [undefined, "", {}, 7, null])
        expect(await api(`/api/users/${user.id}/check-in`, { roomId })).toEqual({ status: 400, body: { error: expect.any(String) } });
      expect((await api("/api/inngest-examples/checkout-room", { userId: user.id, roomId: "a", reason: {} })).status).toBe(400);
      expect((await api("/api/inngest-examples/checkout-current-room", { userId: user.id, reason: 1 })).status).toBe(400);
    });

    test("an address or a name that is taken is told", async () => {
      const user = await register();
      expect((await api("/api/auth/register", { email: user.email, username: "another" })).status).toBe(409);
    });
  });
}

// biome-ignore lint/suspicious/noExplicitAny: the answers of the app are compared, not used.
type Answer = any;

interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

let users = 0;

async function register(base = app): Promise<User> {
  users += 1;
  const name = `student-${users}-${process.pid}`;
  const { status, body } = await api(
    "/api/auth/register",
    { email: `${name}@campus.example`, username: name, name, school: "Campus" },
    base,
  );
  expect(status).toBe(201);
  return body.user;
}

async function checkIn(userId: string, roomId: string): Promise<void> {
  expect((await api(`/api/users/${userId}/check-in`, { roomId })).status).toBe(200);
}

async function userState(userId: string): Promise<Answer> {
  return (await fetch(`${app}/api/users/${userId}`)).json();
}

async function api(path: string, body: unknown, base = app): Promise<{ readonly status: number; readonly body: Answer }> {
  const response = await fetch(`${base}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    // Text is sent as it is.
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

async function send(...events: readonly unknown[]): Promise<readonly string[]> {
  const response = await fetch(`${server.url}/e/test`, { method: "POST", body: JSON.stringify(events) });
  return ((await response.json()) as { readonly ids: readonly string[] }).ids;
}

async function mailTo(address: string): Promise<readonly { readonly subject: string }[]> {
  const messages = (await (await fetch(mailUrl)).json()) as readonly { readonly to: string; readonly subject: string }[];
  return messages.filter(({ to }) => to === address);
}

async function runView(id: string): Promise<Answer> {
  return ((await (await fetch(`${server.url}/api/v1/runs/${id}`)).json()) as Answer).data;
}

/** The newest run of the function whose event speaks of the user (and the room). */
async function expectRun(fn: string, userId: string, roomId?: string): Promise<string> {
  let found: string | undefined;
  await expect
    .poll(
      async () => {
        const list = (await (await fetch(`${server.url}/api/v1/runs?fn=meridian-${fn}&limit=100`)).json()) as Answer;
        for (const { id } of list.data) {
          const text = JSON.stringify((await runView(id)).input.value.data);
          if (text.includes(userId) && (roomId === undefined || text.includes(`"${roomId}"`))) found ??= id;
        }
        return found;
      },
      { timeout: 10_000 },
    )
    .toBeDefined();
  return found ?? "";
}

async function runOf(
  fn: string,
  userId: string,
  roomId?: string,
): Promise<{ readonly status: string; readonly output: Answer; readonly error: Answer; readonly steps: readonly string[] }> {
  return ended(await expectRun(fn, userId, roomId));
}

async function runOfEvent(
  fn: string,
  eventId: string | undefined,
): Promise<{ readonly status: string; readonly output: Answer; readonly error: Answer; readonly steps: readonly string[] }> {
  const event = (await (await fetch(`${server.url}/api/v1/events/${eventId}`)).json()) as Answer;
  const run = event.data.runs.find((each: Answer) => each.function.slug === `meridian-${fn}`);
  return ended(run.id);
}

async function ended(
  id: string,
): Promise<{ readonly status: string; readonly output: Answer; readonly error: Answer; readonly steps: readonly string[] }> {
  await expect.poll(async () => (await runView(id)).endedAt, { timeout: 15_000 }).not.toBeNull();
  const run = await runView(id);
  const trace = (await (await fetch(`${server.url}/api/v1/runs/${id}/trace`)).json()) as Answer;
  const steps = trace.data.spans.filter((span: Answer) => span.id !== "run").map((span: Answer) => span.name);
  return { status: run.status, output: run.output?.value, error: run.error, steps };
}

async function startMeridian(env: Readonly<Record<string, string>>): Promise<string> {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  await start("server.js", {
    PORT: String(port),
    ...(sdkVersion === "stepwell" ? {} : { MERIDIAN_SDK: sdkVersion }),
    INNGEST_DEV: server.url,
    SMTP_URL: `smtp://127.0.0.1:${smtpPort}`,
    BACKEND_URL: base,
    MERIDIAN_DB: join(data, "meridian.db"),
    ...env,
  });
  await sync(base);
  return base;
}

async function sync(base: string): Promise<void> {
  const response = await fetch(`${server.url}/api/v1/apps/sync`, { method: "POST", body: JSON.stringify({ url: `${base}/api/inngest` }) });
  expect(response.status).toBe(200);
}

/** Resolves when the process says that it listens. */
function start(script: string, env: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn(process.execPath, [join(folder, script)], {
    env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "test", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  processes.push(child);
  return new Promise((resolve, reject) => {
    let output = "";
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes("listens on")) resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", (code) => reject(new Error(`${script} ended with ${code}: ${output}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
