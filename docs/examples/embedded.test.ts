import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine } from "@stepwell/embedded";
import { afterAll, expect, test } from "vitest";
import { withApi } from "./embedding/api.ts";
import { greet, greetOnce } from "./embedding/engine.ts";

const folder = mkdtempSync(join(tmpdir(), "stepwell-docs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a run in the process, and its result", async () => {
  expect(await greetOnce(join(folder, "once.db"))).toBe("hello, Ada");
});

test("the API behind a sign-in of one's own", async () => {
  await using engine = await createEngine({ functions: [greet], store: join(folder, "api.db") });
  const server = withApi(engine, (request) => request.headers.get("cookie") === "admin=1");
  const url = "http://localhost/stepwell/api/v1/functions";
  expect((await server.request(url)).status).toBe(401);
  const response = await server.request(url, { headers: { cookie: "admin=1" } });
  expect(await response.json()).toMatchObject({ data: [{ slug: "shop-greet" }] });
});
