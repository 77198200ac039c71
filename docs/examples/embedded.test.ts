import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { cleanUp, newFolder, pathOf, run } from "./command.ts";

afterAll(cleanUp);

const start = pathOf("embedded/start.ts");
const reader = pathOf("embedded/reader.ts");

test("an engine opens, runs what was sent, and closes", async () => {
  expect(await run([start]).output()).toBe("completed\n");
});

test("invoke, result, steps, signals, cancel and observe", async () => {
  const lines = (await run([pathOf("embedded/acts.ts")]).output()).trim().split("\n");
  expect(lines[0]).toMatch(/^completed \{/);
  expect(lines.slice(1)).toEqual([
    "greet completed",
    "a-moment completed",
    "count completed",
    "ended shop-approval completed",
    "ended shop-approval cancelled",
    "1",
  ]);
});

test("one process owns a file, others are refused or read it", async () => {
  const cwd = newFolder();
  const owner = run([pathOf("embedded/service.ts")], { cwd });
  expect(await owner.printed(/open .*stepwell\.db\n/)).toBeTruthy();
  expect(await run([pathOf("embedded/second.ts")], { cwd }).output()).toMatch(
    /^database_in_use .* is in use by process \d+\n$/,
  );
  await run([reader], { cwd }).printed(/^owner \d+\n/);
});

test("of two engines the one that is open gets what a client sends", async () => {
  expect(await run([pathOf("embedded/tenants.ts")]).output()).toBe("2\n");
});

test("a signal stops the engine, and then the process", async () => {
  const isClosedAfter = async (signal: NodeJS.Signals) => {
    const cwd = newFolder();
    const service = run([pathOf("embedded/service.ts")], { cwd });
    await service.printed(/open/);
    expect(await service.endedBy(signal)).toBe(signal);
    return !existsSync(join(cwd, "data/stepwell.db-wal"));
  };
  expect(await isClosedAfter("SIGTERM")).toBe(true);
  expect(await isClosedAfter("SIGKILL")).toBe(false);
});

test("a reader finds what a process left", async () => {
  const cwd = newFolder();
  await run([start], { cwd }).output();
  const lines = (await run([reader], { cwd }).output()).split("\n");
  expect(lines[0]).toBe("owner nobody");
  expect(lines).toContain("shop-welcome completed");
});

test.each(["embedded/api-hono.ts", "embedded/api-express.ts"])(
  "the API behind a server's own auth: %s",
  async (program) => {
    const app = run([pathOf(program)], { env: { PORT: "0", ADMIN_TOKEN: "mine" } });
    const listens = /listens on .*?(\d{4,5})/;
    const [, port] = (await app.printed(listens)).match(listens) ?? [];
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`http://localhost:${port}/stepwell${path}`, init);
    expect((await ask("/api/v1/runs")).status).toBe(401);
    const headers = { authorization: "Bearer mine" };
    const event = JSON.stringify({ name: "user/created", data: { email: "ada@example.com" } });
    expect((await ask("/e/any", { method: "POST", headers, body: event })).status).toBe(200);
    expect(await (await ask("/api/v1/runs", { headers })).json()).toMatchObject({
      data: [{ function: { slug: "shop-welcome" } }],
    });
  },
);
