import { afterAll, describe, expect, test } from "vitest";
import { cleanUp, freePort, newFolder, pathOf, run, stepwellBin } from "./command.ts";

const app = pathOf("quick-start/app.ts");

afterAll(cleanUp);

const placeOrder = (port: number, total: number) =>
  fetch(`http://localhost:${port}/orders`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ total }),
  });

/** A call as it is when a step has returned much. */
async function statusOfLargeCall(port: number): Promise<number> {
  const call = {
    event: { name: "shop/order.placed", data: { total: 1 } },
    steps: { some: { type: "data", data: "x".repeat(300_000) } },
  };
  const { status } = await fetch(
    `http://localhost:${port}/api/stepwell?fnId=shop-fulfil-order&stepId=step`,
    {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(call),
    },
  );
  return status;
}

/** Each waits for programs to start and for a sleep, so they do so together. */
describe.concurrent("the shapes", { timeout: 120_000 }, () => {
  test("the dev server and an app", async () => {
    const [port, appPort] = await Promise.all([freePort(), freePort()]);
    const flags = `--port ${port} --memory --poll-interval 1 -u localhost:${appPort}/api/stepwell`;
    const dev = run([stepwellBin, "dev", ...flags.split(" "), "--", process.execPath, app], {
      env: { PORT: String(appPort) },
    });
    await dev.printed(/app\.synced/);
    expect(await statusOfLargeCall(appPort)).not.toBe(413);
    const send = ["send", "shop/order.placed", '{"total": 42}'];
    const sent = run([stepwellBin, ...send, "--server", `http://localhost:${port}`]);
    expect(await sent.output()).toMatch(/fulfil-order/);
    expect((await placeOrder(appPort, 43)).status).toBe(202);
    await dev.printed(/receipt for 42/);
    await dev.printed(/receipt for 43/);
  });

  test("a server of one's own and an app in production", async () => {
    const [port, appPort] = await Promise.all([freePort(), freePort()]);
    const keys = {
      STEPWELL_SIGNING_KEY: "signkey-prod-0123456789abcdef0123456789abcdef",
      STEPWELL_EVENT_KEY: "an-event-key-of-some-length",
    };
    const server = run([stepwellBin, "start", "--port", String(port), "--db", "main.db"], {
      env: keys,
    });
    await server.printed(/server\.ready/);
    const shop = run([app], {
      env: {
        ...keys,
        PORT: String(appPort),
        NODE_ENV: "production",
        STEPWELL_BASE_URL: `http://localhost:${port}`,
        STEPWELL_SERVE_ORIGIN: `http://localhost:${appPort}`,
        STEPWELL_SERVE_PATH: "/api/stepwell",
      },
    });
    await server.printed(/app\.synced/);
    expect((await placeOrder(appPort, 44)).status).toBe(202);
    await shop.printed(/receipt for 44/);
  });

  test("an engine in the process", async () => {
    const cwd = newFolder();
    const output = await run([pathOf("quick-start/embedded.ts")], { cwd }).output();
    expect(output).toContain("receipt for 42");
    expect(output).toContain("status: 'completed'");
  });
});
