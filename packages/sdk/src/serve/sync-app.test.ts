import { describe, expect, test } from "vitest";
import { production, setup } from "../../test/served-app.ts";

describe("syncs", () => {
  test("register the functions with the server, under the address of the request", async () => {
    const { ask, asked } = setup({ appVersion: "7" }, {}, () => Response.json({ ok: true, modified: true }));
    const answer = await ask("PUT", "/api/inngest?deployId=d1", {}, { "x-inngest-server-kind": "dev" });
    expect(answer).toMatchObject({ status: 200, body: { message: "Successfully registered", modified: true } });
    expect(answer.headers.get("x-inngest-sync-kind")).toBe("out_of_band");
    expect(asked[0]).toMatchObject({
      url: "http://localhost:8288/fn/register?deployId=d1",
      body: {
        appName: "app",
        appVersion: "7",
        deployId: "d1",
        url: "http://localhost:3000/api/inngest?deployId=d1",
        functions: [{ id: "app-one" }, { id: "app-plain" }],
      },
    });
    expect(asked[0]?.headers.get("x-inngest-expected-server-kind")).toBe("dev");
  });

  test("under the address that was given, with the key as bearer, once more with the fallback", async () => {
    let refusals = 0;
    const { ask, asked } = setup(
      { ...production, signingKeyFallback: "signkey-test-0011" },
      { serveOrigin: "https://shop.test", servePath: "/fns" },
      () => {
        refusals += 1;
        return refusals === 1 ? new Response("no", { status: 401 }) : Response.json({ ok: true });
      },
    );
    expect((await ask("PUT", "/api/inngest")).status).toBe(200);
    expect(asked.map(({ body }) => (body as { url: string }).url)).toEqual(["https://shop.test/fns", "https://shop.test/fns"]);
    const [first, second] = asked.map(({ headers }) => headers.get("authorization"));
    expect(first).toBe("Bearer signkey-test-e4bf4a2e7f55c7eb954b6e72f8f69628fbc409fe7da6d0f6958770987dcf0e02");
    expect(second).not.toBe(first);
  });

  test("tell what the server said", async () => {
    const { ask } = setup({}, {}, () => Response.json({ error: "function app-one is invalid", status: 400 }, { status: 400 }));
    expect(await ask("PUT", "/api/inngest")).toMatchObject({ status: 400, body: { message: "function app-one is invalid" } });
  });

  test("in band say it in their answer", async () => {
    const { ask, asked } = setup();
    const answer = await ask("PUT", "/api/inngest", { url: "http://app.test/x" }, { "x-inngest-sync-kind": "in_band" });
    expect(answer.body).toMatchObject({
      app_id: "app",
      url: "http://app.test/x",
      functions: [{ id: "app-one", steps: { step: { runtime: { url: "http://app.test/x?fnId=app-one&stepId=step" } } } }, {}],
      inspection: { function_count: 2 },
    });
    expect(answer.headers.get("x-inngest-sync-kind")).toBe("in_band");
    expect(asked).toEqual([]);
    expect((await ask("PUT", "/api/inngest", {}, { "x-inngest-sync-kind": "in_band" })).status).toBe(400);
  });
});

describe("events that are sent to the app", () => {
  const ids = () => Response.json({ ids: ["01X"], status: 200 });

  test("go on to the server: to the handler itself, or below it", async () => {
    const { ask, asked } = setup({ eventKey: "k" }, {}, ids);
    expect(await ask("POST", "/api/inngest", { name: "shop/paid", data: { id: 1 } })).toMatchObject({
      status: 200,
      body: { ids: ["01X"] },
    });
    expect((await ask("POST", "/api/inngest/send", [{ name: "a" }, { name: "b" }])).status).toBe(200);
    expect(asked.map(({ url, body }) => [url, body])).toEqual([
      ["http://localhost:8288/e/k", [{ name: "shop/paid", data: { id: 1 } }]],
      [
        "http://localhost:8288/e/k",
        [
          { name: "a", data: {} },
          { name: "b", data: {} },
        ],
      ],
    ]);
  });

  test("say in production that the app has no event key, where it has none", async () => {
    const { eventKey: _, ...without } = production;
    const { ask, asked } = setup(without, {}, ids);
    expect(await ask("POST", "/api/inngest", { name: "a" }, { authorization: "Bearer x" })).toMatchObject({
      status: 401,
      body: { code: "event_key_missing", message: expect.stringContaining("set STEPWELL_EVENT_KEY") },
    });
    expect(asked).toEqual([]);
  });

  test("want the event key outside dev", async () => {
    const { ask, asked } = setup(production, {}, ids);
    const sentence = expect.stringContaining("Authorization: Bearer <event key>");
    for (const headers of [{}, { authorization: "Bearer wrong" }, { authorization: "event-key" }])
      expect(await ask("POST", "/api/inngest", { name: "a" }, headers as Record<string, string>)).toMatchObject({
        status: 401,
        body: { code: "event_key_invalid", message: sentence },
      });
    expect(asked).toEqual([]);
    expect((await ask("POST", "/api/inngest", { name: "a" }, { authorization: "Bearer event-key" })).status).toBe(200);
  });

  test("that are none are refused", async () => {
    const { ask } = setup({}, {}, ids);
    expect(await ask("POST", "/api/inngest/send", "not json")).toMatchObject({ status: 400, body: { code: "invalid_event" } });
    expect((await ask("POST", "/api/inngest/send", [])).status).toBe(400);
    const refusing = setup({}, {}, () => Response.json({ error: "event name is reserved", ids: [], status: 400 }, { status: 400 }));
    expect(await refusing.ask("POST", "/api/inngest", { name: "inngest/x" })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("reserved") },
    });
  });
});
