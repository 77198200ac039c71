// When the mail service is down: its breaker opens, people are told, and everything goes on when it is back.

import { readFileSync } from "node:fs";
import { clockOver } from "@stepwell/engine";
import { epochMs } from "@stepwell/protocol";
import { readAlertSettings } from "@stepwell/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, type EdgeWorld, eventually, request, send, startEdgeWorld } from "./edge-world.ts";
import { type MailServer, startMailServer } from "./mail-server.ts";

let world: EdgeWorld;
/** Where alerts go: another one than that which is down. */
let ops: MailServer;
let aheadMs = 0;

beforeAll(async () => {
  ops = await startMailServer();
  const { alerts } = JSON.parse(readFileSync(new URL("../stepwell.json", import.meta.url), "utf8"));
  const read = readAlertSettings(alerts, { SMTP_URL: ops.url });
  if (read.kind === "refused") throw new Error(read.problems.join("\n"));
  // The other rules of the file ask the reader of reports, which answers when it can.
  const settings = { ...read.settings, rules: read.settings.rules.filter(({ kind }) => kind === "breaker-open") };
  world = await startEdgeWorld({ server: { alerts: settings, clock: clockThatIsMoved() } });
});
afterAll(async () => {
  await world.close();
  await ops.close();
});

test("after ten failures nothing is sent; after the cooldown one mail finds out that it is back, and all go", async () => {
  world.mail.mood = "refuses";
  const people = Array.from({ length: 20 }, (_, number) => `person-${number}@example.com`);
  const registered = (email: string) => ({
    name: "auth/user.registered",
    data: { userId: email, email, firstName: "Ada", role: "customer" },
  });
  for (const email of people.slice(0, 5)) await send(world.server, registered(email));
  await eventually(breaker).toMatchObject({ status: "open" });
  expect(people.reduce((tries, email) => tries + world.mail.triesTo(email), 0)).toBe(10);

  // Those who register now are not lost: their runs wait, and say why.
  await send(world.server, ...people.slice(5).map(registered));
  const held = async (): Promise<readonly Answer[]> =>
    (await request(`${world.server.url}/api/v1/runs?fn=handyman-app-send-welcome-email-job&status=queued&limit=100`)).body.data;
  await eventually(async () => (await held()).length).toBe(15);
  expect((await held())[0].statusReason.code).toBe("circuit_open");
  expect(people.slice(5).reduce((tries, email) => tries + world.mail.triesTo(email), 0)).toBe(0);
  const metrics = await (await fetch(`${world.server.url}/metrics`)).text();
  expect(metrics).toMatch(/^stepwell_breakers\{.*send-welcome-email-job.*\} 1$/m);
  await eventually(() => ops.to("ops@handyman.example").map(({ text }) => text)).toContainEqual(
    expect.stringContaining("handyman-app-send-welcome-email-job"),
  );

  world.mail.mood = "takes";
  aheadMs += 30_000;
  await eventually(() => people.slice(5).filter((email) => world.mail.to(email).length === 1).length).toBe(15);
  await eventually(async () => (await breaker())?.status ?? "closed").toBe("closed");
});

async function breaker(): Promise<Answer> {
  const { body } = await request(`${world.server.url}/api/v1/breakers`);
  return body.data.find((each: Answer) => JSON.stringify(each).includes("send-welcome-email-job"));
}

/** The machine's time and what the test adds to it. */
function clockThatIsMoved() {
  return clockOver(
    {
      lookMsMax: 10,
      wallNow: () => Date.now() + aheadMs,
      after(ms, callback) {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
      defer: (callback) => void setImmediate(callback),
      stopwatchMs: () => performance.now(),
    },
    epochMs(0),
  );
}
