import { expect, test } from "vitest";
import { stepwell, stepwellServer } from "./stepwell-process.ts";

test("api asks anything with the key: JSON is printed as such, other text as it came, a refusal has its exit code", async () => {
  const keys = { STEPWELL_SIGNING_KEY: "00ff", STEPWELL_EVENT_KEY: "k" };
  const server = await stepwellServer("start", ["--host", "127.0.0.1"], { env: keys });
  const run = (key: string, ...args: readonly string[]) =>
    stepwell(["api", ...args], { env: { STEPWELL_SERVER_URL: server.url, STEPWELL_API_KEY: key } });
  const made = await run("00ff", "post", "/api/v1/keys", '{"kind":"event","name":"checkout"}');
  expect([made.code, JSON.parse(made.stdout)]).toEqual([0, { data: expect.objectContaining({ name: "checkout" }) }]);
  expect((await run("00ff", "GET", "/metrics")).stdout).toMatch(/^# HELP [\s\S]*\nstepwell_alerts_open 0\n/);
  expect(await run("00ff", "GET", "/api/v1/runs/01J00000000000000000000000")).toMatchObject({ code: 3, stdout: "" });
  // It answers with a line of text.
  expect(await run("11ff", "GET", "/metrics")).toMatchObject({ code: 4, stdout: "" });
});
