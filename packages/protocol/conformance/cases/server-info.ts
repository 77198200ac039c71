import { at } from "../api.ts";
import { rule } from "../conformance-case.ts";

export const serverInfoCases = [
  ...rule("1.6", {
    "GET /health answers 200": async ({ api, expect }) => {
      const answer = await api.get("/health", { bearer: false });
      expect.equal([answer.status, answer.json], [200, { status: 200, message: "OK" }]);
    },
    "every answer names the kind of the server": async ({ app, api, expect }) => {
      const answers = [
        await api.get("/health"),
        await api.events({ name: app.event() }),
        await api.events({ name: "" }),
        await app.register(),
        await app.sendRegistration("{"),
        await api.get("/v1/events"),
        await api.get("/no/such/route"),
      ];
      for (const { headers } of answers) expect.matches(headers.get("x-inngest-server-kind"), /^(dev|cloud)$/);
    },
    "a page of this machine may send events, and reads the answer": async ({ app, api, expect }) => {
      const origin = "http://localhost:3999";
      const answer = await api.events({ name: app.event() }, { origin });
      expect.equal(answer.status, 200);
      expect.ok(["*", origin].includes(answer.headers.get("access-control-allow-origin") ?? ""), "the origin is let in");
      const preflight = await api.ask("OPTIONS", "/e/test", { headers: { origin, "access-control-request-method": "POST" } });
      expect.between(preflight.status, 200, 204, "the preflight");
      expect.matches(preflight.headers.get("access-control-allow-methods"), /POST/);
    },
  }),
  ...rule(
    "1.6",
    {
      "GET /dev says what the server is, as JSON": async ({ app, api, expect }) => {
        await app.register();
        const answer = await api.get("/dev");
        expect.equal(answer.status, 200);
        expect.matches(answer.headers.get("content-type"), /^application\/json/);
        expect.equal(typeof at(answer.json, "version"), "string");
        expect.like(answer.json, { authed: false, isSingleNodeService: true });
        const slugs = (at(answer.json, "functions") as readonly object[]).map((fn) => at(fn, "slug"));
        expect.ok(slugs.includes(app.slug()), "the functions are listed");
      },
      "a request addressed to a foreign name is refused": async ({ api, expect }) => {
        expect.equal((await api.askAs("evil.example", "/health")).status, 403);
        const { port } = new URL(api.target.baseUrl);
        for (const name of ["localhost", "127.0.0.1"]) expect.equal((await api.askAs(`${name}:${port}`, "/health")).status, 200);
      },
      "a page of another site may not send events, nor read": async ({ app, api, expect }) => {
        const headers = { origin: "https://evil.example" };
        expect.equal((await api.events({ name: app.event() }, headers)).status, 403);
        expect.equal((await api.get("/v1/events", { headers })).status, 403);
      },
      "a page of this machine may only send": async ({ api, expect }) => {
        expect.equal((await api.get("/v1/events", { headers: { origin: "http://localhost:3999" } })).status, 403);
      },
    },
    ["dev", "unsigned"],
  ),
  ...rule(
    "1.6",
    {
      "GET /dev is unknown to a cloud server": async ({ api, expect }) => expect.equal((await api.get("/dev")).status, 404),
      "a page of any site may ask to send": async ({ api, expect }) => {
        const origin = "https://shop.example";
        const preflight = await api.ask("OPTIONS", "/e/test", { headers: { origin, "access-control-request-method": "POST" } });
        expect.between(preflight.status, 200, 204, "the preflight");
        expect.ok(["*", origin].includes(preflight.headers.get("access-control-allow-origin") ?? ""), "the origin is let in");
      },
    },
    ["cloud"],
  ),
  ...rule(
    "1.6",
    {
      "a page of any site may send with a key": async ({ app, api, expect }) => {
        const origin = "https://shop.example";
        const answer = await api.events({ name: app.event() }, { origin });
        expect.equal(answer.status, 200);
        expect.ok(["*", origin].includes(answer.headers.get("access-control-allow-origin") ?? ""), "the answer can be read");
      },
    },
    ["cloud", "event_key"],
  ),
  ...rule("11", {
    "an unknown route is 404, as JSON": async ({ api, expect }) => {
      for (const path of ["/v1/nothing", "/v0/connect/start", "/v1/realtime/token", "/v1/traces/userland"]) {
        const answer = await api.post(path, {});
        expect.equal(answer.status, 404, path);
        expect.like(answer.json, { status: 404 });
        expect.equal(typeof at(answer.json, "error"), "string");
      }
    },
    "what /v1 reads comes in an envelope": async ({ app, api, expect }) => {
      const [eventId = ""] = await api.send({ name: app.event() });
      const answer = await api.get(`/v1/events/${eventId}`);
      expect.like(answer.json, { data: { internal_id: eventId, name: app.event() } });
      expect.ok(!Number.isNaN(Date.parse(String(at(answer.json, "metadata", "fetched_at")))), "fetched_at is a date");
    },
    "a failed read carries its status: unknown 404, malformed 400": async ({ api, expect }) => {
      const cases = [
        ["/v1/runs/01JQDAE4RQF8MBCR55T5AK4KXR", 404],
        ["/v1/runs/nonsense", 400],
        ["/v1/runs/01JQDAE4RQF8MBCR55T5AK4KXR/jobs", 404],
        ["/v1/events/01JQDAE4RQF8MBCR55T5AK4KXZ", 404],
        ["/v1/events/nonsense", 400],
      ] as const;
      for (const [path, status] of cases) {
        const answer = await api.get(path);
        expect.equal(answer.status, status, path);
        expect.like(answer.json, { data: null, status });
      }
    },
  }),
];
