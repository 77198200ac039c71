// The same app with only its SDK replaced: `inngest@3` in the two lines of `config/sdk.js`.

import { cpSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildApp } from "./app-process.ts";
import { type EdgeWorld, endedRuns, eventually, registerAccount, request, send, startEdgeWorld } from "./edge-world.ts";

const build = join(dirname(buildApp()), `official-${process.pid}`);
// The official SDK takes a number of retries and no strategy.
const sdk = `
import { EventSchemas, Inngest as Official, NonRetriableError, RetryAfterError } from "inngest";
import { serve } from "inngest/express";
class Inngest extends Official {
  constructor(options) {
    super(options);
    const { createFunction } = this;
    this.createFunction = ({ retries, ...rest }, ...more) =>
      createFunction.call(this, { ...rest, retries: retries?.limit ?? retries }, ...more);
  }
}
export { EventSchemas, Inngest, NonRetriableError, RetryAfterError, serve };
`;

let world: EdgeWorld;
beforeAll(async () => {
  cpSync(buildApp(), build, { recursive: true });
  writeFileSync(join(build, "config", "sdk.js"), sdk);
  world = await startEdgeWorld({ build });
});
afterAll(async () => {
  await world.close();
  rmSync(build, { recursive: true, force: true });
});

test("it is registered by the official SDK with its seventeen functions", async () => {
  const { body } = await request(`${world.server.url}/api/v1/apps`);
  expect(body.data).toMatchObject([{ id: "handyman-app", sdk: expect.stringMatching(/^js:v3\./) }]);
  expect((await request(`${world.server.url}/api/v1/functions`)).body.data).toHaveLength(17);
});

test("who registers gets a verification and one welcome", async () => {
  const { email } = await registerAccount(world.app);
  await eventually(() => world.mail.to(email).length).toBe(2);
  const runs = await endedRuns(world.server, "send-welcome-email-job");
  expect(runs.map(({ status }) => status)).toEqual(["completed"]);
});

test("mail that is refused is tried as often as was promised", async () => {
  world.mail.mood = "refuses";
  const data = { userId: "u", email: "tries@example.com", firstName: "Ada", token: "t" };
  await send(world.server, { name: "auth/password.reset.requested", data });
  const [run] = await endedRuns(world.server, "send-password-reset-job");
  expect(run).toMatchObject({ status: "failed" });
  expect(world.mail.triesTo("tries@example.com")).toBe(3);
});
