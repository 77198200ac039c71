import { describe, expect, test } from "vitest";
import { callBody, setup } from "../../test/served-app.ts";
import { Stepwell } from "../index.ts";
import { InngestCommHandler } from "./comm-handler.ts";
import { createHandler } from "./create-handler.ts";

describe("a page of another site, in a browser of this machine", () => {
  const foreign = [
    { "sec-fetch-site": "cross-site", origin: "https://evil.example", "content-type": "text/plain" },
    // A page of another port of this machine, which may be anybody's.
    { "sec-fetch-site": "same-site", origin: "http://localhost:5173" },
    { "sec-fetch-site": "cross-site" },
    // Browsers that do not say the site.
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://localhost:5173" },
  ];
  const asked = (isInferred: boolean) => {
    const ran: unknown[] = [];
    const world = setup({}, {}, () => Response.json({ ids: ["01X"] }));
    const { isDev: _, ...unsaid } = world.client.options;
    const client = new Stepwell(isInferred ? unsaid : world.client.options).setEnvVars({});
    const fn = client.createFunction({ id: "f", triggers: { event: "go" } }, ({ step }) => step.run("a", () => ran.push(1)));
    const handle = createHandler({ client, functions: [fn] }, { name: "test", isLongLived: false });
    const ask = (method: string, query: string, body: string | undefined, headers: Record<string, string>) =>
      handle(new Request(`http://localhost:3000/api/inngest${query}`, { method, headers, ...(body === undefined ? {} : { body }) }));
    return { ...world, ran, ask };
  };
  const call = JSON.stringify(callBody());
  const changes = [
    ["POST", "", '{"name":"go","data":{}}'],
    ["POST", "/send", '{"name":"go","data":{}}'],
    ["POST", "?fnId=app-f&stepId=step", call],
    ["PUT", "", ""],
  ] as const;

  describe.each([true, false])("in dev that was inferred: %s", (isInferred) => {
    test.each(foreign)("may change nothing, and no step runs: %o", async (headers) => {
      const { ask, ran, asked: toServer } = asked(isInferred);
      for (const [method, query, body] of changes) {
        const response = await ask(method, query, body, headers);
        const refused = { code: "origin_not_allowed", message: expect.stringContaining("from your backend") };
        expect([response.status, await response.json()]).toEqual([403, refused]);
        expect([...response.headers.keys()].filter((name) => name.startsWith("x-"))).toEqual(["x-inngest-sdk-handled"]);
      }
      expect([ran, toServer]).toEqual([[], []]);
    });

    test.each([
      {},
      { "sec-fetch-site": "same-origin", origin: "http://localhost:3000" },
      // The dev server of a frontend, which hands requests on to the app under another port.
      { "sec-fetch-site": "same-origin", origin: "http://localhost:5173" },
      { "sec-fetch-site": "none" },
      { origin: "http://localhost:3000" },
      // What Node's fetch says of itself.
      { "sec-fetch-mode": "cors" },
    ])("is not who sends %o", async (headers) => {
      const { ask, ran } = asked(isInferred);
      const statuses = [];
      for (const [method, query, body] of changes) statuses.push((await ask(method, query, body, headers)).status);
      expect(statuses).toEqual([200, 200, 206, 200]);
      expect(ran).toEqual([1]);
    });

    test("may look", async () => {
      const { ask } = asked(isInferred);
      expect((await ask("GET", "", undefined, { "sec-fetch-site": "cross-site" })).status).toBe(200);
    });
  });

  test("is told by a framework's handler too", async () => {
    const { client } = setup();
    const handler = new InngestCommHandler({
      ...{ frameworkName: "mine", client, functions: [], isDev: true },
      handler: (given: Request) => ({
        method: () => given.method,
        url: () => new URL(given.url),
        headers: (name: string) => given.headers.get(name),
        body: () => given.text(),
        transformResponse: ({ status, body }: { readonly status: number; readonly body: string }) => new Response(body, { status }),
      }),
    }).createHandler();
    const page = { method: "POST", body: '{"name":"go"}', headers: { "sec-fetch-site": "cross-site" } };
    expect((await handler(new Request("http://localhost:3000/api/inngest", page))).status).toBe(403);
  });
});
