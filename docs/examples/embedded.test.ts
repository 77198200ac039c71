import { afterAll, expect, test } from "vitest";
import { cleanUp, newFolder, pathOf, run } from "./command.ts";

afterAll(cleanUp);

const example = (name: string): string => pathOf(`embedded/${name}.ts`);

test("an engine opens, runs what was sent, and closes", async () => {
  expect(await run([example("start")]).output()).toBe("completed\n");
});

test("invoke, result, steps, signals, cancel and observe", async () => {
  const lines = (await run([example("acts")]).output()).trim().split("\n");
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
  const owner = run([example("options")], { cwd });
  expect(await owner.printed(/open .*stepwell\.db\n/)).toBeTruthy();
  expect(await run([example("second")], { cwd }).output()).toMatch(
    /^database_in_use .* is in use by process \d+\n$/,
  );
  await run([example("reader")], { cwd }).printed(/^owner \d+\n/);
});

test("a reader finds what a process left", async () => {
  const cwd = newFolder();
  await run([example("start")], { cwd }).output();
  const lines = (await run([example("reader")], { cwd }).output()).split("\n");
  expect(lines[0]).toBe("owner nobody");
  expect(lines).toContain("shop-welcome completed");
});

test.each(["api-hono", "api-express"])(
  "the API behind a server's own auth: %s",
  async (program) => {
    const app = run([example(program)], { env: { PORT: "0", ADMIN_TOKEN: "mine" } });
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
