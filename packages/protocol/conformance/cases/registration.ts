import { at } from "../api.ts";
import type { App } from "../app.ts";
import { has } from "../app.ts";
import { rule } from "../conformance-case.ts";
import { bare, ops, result, sleep } from "../reply.ts";

const json = { "content-type": "application/json" };

async function sendAndEnd(app: App, event: Promise<readonly string[]>): Promise<void> {
  const [eventId = ""] = await event;
  await app.runOf(eventId).ended();
}

export const registrationCases = [
  ...rule("4.2", {
    "the server asks by PUT with the address in the body, and the app registers": async ({ app, api, expect }) => {
      await app.register([{ script: () => result() }]);
      await api.delete(`/fn/remove?url=${encodeURIComponent(app.url)}`);
      const answer = await api.post("/api/v1/apps/sync", { url: app.url });
      expect.equal(answer.status, 200, answer.text);
      await sendAndEnd(app, api.send({ name: app.event() }));
    },
    "the body is the address alone": async ({ app, api, expect }) => {
      let body = "";
      app.onPut = ({ text }) => {
        body = text;
        return bare(200, "");
      };
      await api.post("/api/v1/apps/sync", { url: app.url });
      expect.equal(JSON.parse(body), { url: app.url });
    },
    "a redirect gets method and body again": async ({ app, api, expect }) => {
      let body = "";
      app.onPut = ({ url, text }) => {
        if (url.pathname === "/api/inngest") return bare(307, "", { location: "/moved" });
        body = text;
        return bare(200, "{}");
      };
      await api.post("/api/v1/apps/sync", { url: app.url });
      expect.equal(JSON.parse(body), { url: app.url });
    },
    "an app that refuses is told with its reason": async ({ app, api, expect }) => {
      app.onPut = () => bare(400, '{"message":"No functions registered"}', json);
      expect.matches((await api.post("/api/v1/apps/sync", { url: app.url })).text, /No functions registered/);
      for (const status of [401, 403, 404, 500, 418]) {
        app.onPut = () => bare(status, "");
        const answer = await api.post("/api/v1/apps/sync", { url: app.url });
        expect.ok(answer.status >= 400, `${status} is no success`);
        expect.matches(answer.text, new RegExp(String(status)));
      }
    },
    "an address where nobody listens is told as such": async ({ api, expect }) => {
      const answer = await api.post("/api/v1/apps/sync", { url: "http://127.0.0.1:9/api/inngest" });
      expect.between(answer.status, 400, 599, "the status");
      expect.equal(at(answer.json, "code"), "http_unreachable");
    },
  }),
  ...rule("4.3", {
    "keys count in any case": async ({ app, api, expect }) => {
      const { functions } = app.registration([{ script: () => result() }]) as { readonly functions: readonly object[] };
      await app.register([{ script: () => result() }]);
      const [fn] = functions;
      const body = {
        URL: app.url,
        APPNAME: app.name,
        DeployType: "ping",
        SDK: "go:v0.15.1",
        V: "1",
        Functions: [{ ...fn, Singleton: null, NAME: "Other" }],
      };
      expect.like((await app.sendRegistration(body)).json, { ok: true, modified: true });
      await sendAndEnd(app, api.send({ name: app.event() }));
    },
    "Python's spelling passes": async ({ app, expect }) => {
      const { appName, deployType, sdk: _, ...rest } = app.registration();
      const answer = await app.sendRegistration({
        ...rest,
        appname: appName,
        deploy_type: deployType,
        sdk: "py:v0.5.9",
        framework: "fast_api",
      });
      expect.like(answer.json, { ok: true });
    },
    "null is as absent, and unknown keys are ignored": async ({ app, expect }) => {
      const nothing = { appVersion: null, deployId: null, headers: null, idempotencyKey: null, capabilities: null, framework: null };
      const fn = {
        ...app.config(),
        ...{ idempotency: null, batchEvents: null, cancel: null, rateLimit: null, throttle: null, debounce: null, priority: null },
        ...{ concurrency: null, timeouts: null, singleton: null, checkpoint: null, retries: null, whatever: { is: "new" } },
      };
      const answer = await app.sendRegistration({ ...app.registration(), ...nothing, functions: [fn], another: [1] });
      expect.like(answer.json, { ok: true });
    },
    "an app without functions is taken": async ({ app, expect }) => {
      expect.like((await app.register([])).json, { ok: true });
      expect.like((await app.sendRegistration({ ...app.registration(), functions: null })).json, { ok: true });
    },
    "an app without a name is refused": async ({ app, expect }) => {
      for (const appName of [undefined, null, ""]) {
        const answer = await app.sendRegistration({ ...app.registration(), appName });
        expect.equal(answer.status, 400);
        expect.like(answer.json, { error: "App ID required", data: null, status: 400 });
      }
    },
  }),
  ...rule("4.5", {
    "success says whether anything changed": async ({ app, expect }) => {
      expect.like((await app.register()).json, { ok: true, modified: true });
      expect.like((await app.register()).json, { ok: true, modified: false });
    },
    "a body that is no JSON is refused, with the status in the body": async ({ app, expect }) => {
      for (const body of ["{oops", "", "[]", "null", '"text"']) {
        const answer = await app.sendRegistration(body);
        expect.equal(answer.status, 400);
        expect.like(answer.json, { status: 400 });
        expect.matches(at(answer.json, "error"), /Invalid request/);
      }
    },
    "another kind of server than the app expects refuses": async ({ app, expect }) => {
      const ours = (await app.register()).headers.get("x-inngest-server-kind");
      const theirs = ours === "dev" ? "cloud" : "dev";
      const answer = await app.sendRegistration(app.registration(), { "x-inngest-expected-server-kind": theirs });
      expect.equal(answer.status, 400);
      expect.like(answer.json, { error: `Expected server kind ${ours}, got ${theirs}`, status: 400 });
    },
    "every bad option of every bad function is named, in the text and as data": async ({ app, expect }) => {
      const answer = await app.register([
        { id: "good" },
        { id: "one", config: { triggers: [{}], debounce: { period: "1ms" } } },
        { id: "two", config: { steps: {} } },
      ]);
      expect.equal(answer.status, 400);
      expect.like(answer.json, { code: "config_invalid", status: 400 });
      const error = String(at(answer.json, "error"));
      for (const slug of ["one", "two"].map((id) => app.slug(id))) expect.ok(error.includes(slug), `the text names ${slug}`);
      const data = at(answer.json, "data") as readonly Readonly<Record<string, unknown>>[];
      expect.equal(data.map((entry) => entry["function"]).sort(), [app.slug("one"), app.slug("one"), app.slug("two")]);
      for (const entry of data) expect.equal(Object.keys(entry).sort(), ["code", "function", "message", "option"]);
    },
    "a bad sync is refused whole; what was registered stays": async ({ app, api, expect }) => {
      await app.register([{ script: () => result("first") }]);
      const bad = await app.sendRegistration(app.registration([{}, { id: "g", config: { steps: {} } }]));
      expect.equal(bad.status, 400);
      const [eventId = ""] = await api.send({ name: app.event() });
      expect.equal((await api.ended(eventId)).output, "first");
      expect.equal((await api.runsOf(eventId)).length, 1);
    },
  }),
  ...rule("4.6", {
    "what an SDK observes of itself is no change; nor is a deploy id": async ({ app, expect }) => {
      await app.register([{}], { featureObservations: { n: 1 } });
      expect.like((await app.register([{}], { featureObservations: { n: 2 } })).json, { modified: false });
      expect.like((await app.register([{}], { deployId: "d1", url: `${app.url}?deployId=d1` })).json, { modified: false });
    },
    "a change of a function is one": async ({ app, expect }) => {
      await app.register();
      expect.like((await app.register([{ retries: 3 }])).json, { modified: true });
    },
    "a function that is no longer listed is not started": async ({ app, api, expect }) => {
      await app.register([{ script: () => result() }, { id: "gone", script: () => result() }]);
      await app.register([{ script: () => result() }]);
      const [eventId = ""] = await api.send({ name: app.event() });
      await api.ended(eventId);
      expect.equal((await api.runsOf(eventId)).length, 1);
      expect.equal(
        app.calls.map(({ fn }) => fn),
        ["f"],
      );
    },
    "runs under way go on against the new address": async ({ app, expect }) => {
      const run = await app.start((call) => (has(call, "nap") ? result(call.url.searchParams.get("v")) : ops([sleep("nap", "1s")])));
      await app.call(1);
      await app.register([{ query: "v=2&stepId=step" }]);
      expect.like(await run.ended(), { status: "Completed", output: "2" });
    },
    "of two addresses of one app the last one counts": async ({ app, api, expect }) => {
      await app.register([{ query: "v=1&stepId=step", script: (call) => result(call.url.searchParams.get("v")) }]);
      await app.register([{ query: "v=2&stepId=step" }], { url: `${app.url}/second` });
      const [eventId = ""] = await api.send({ name: app.event() });
      expect.equal((await api.ended(eventId)).output, "2");
      await api.delete(`/fn/remove?url=${encodeURIComponent(`${app.url}/second`)}`);
    },
    "an app is removed by its address": async ({ app, api, expect }) => {
      await app.register([{ script: () => result() }]);
      expect.between((await api.delete(`/fn/remove?url=${encodeURIComponent(app.url)}`)).status, 200, 299, "the removal");
      const [eventId = ""] = await api.send({ name: app.event() });
      expect.equal(await api.runsOf(eventId), []);
    },
    "addresses are the same that differ in probe, deploy id and name of this machine": async ({ app, api, expect }) => {
      await app.register([{ script: () => result() }]);
      const other = `${app.url.replace("127.0.0.1", "localhost")}?deployId=x&probe=y`;
      expect.between((await api.delete(`/fn/remove?url=${encodeURIComponent(other)}`)).status, 200, 299, "the removal");
    },
  }),
  ...rule("4.10", {
    "in band, the answer to the PUT is the registration": async ({ app, api, expect }) => {
      await app.register([{ script: () => result("in band") }]);
      await api.delete(`/fn/remove?url=${encodeURIComponent(app.url)}`);
      let put: { readonly kind: unknown; readonly body: unknown } | undefined;
      app.onPut = ({ headers, text }) => {
        put = { kind: headers["x-inngest-sync-kind"], body: JSON.parse(text) };
        const { appName, functions } = app.registration() as { readonly appName: string; readonly functions: unknown };
        const body = {
          app_id: appName,
          env: null,
          framework: "express",
          functions,
          sdk: "js:v4.24.0",
          sdk_author: "inngest",
          sdk_language: "js",
        };
        return bare(200, JSON.stringify({ ...body, sdk_version: "4.24.0", url: app.url, inspection: {}, capabilities: {} }), {
          ...json,
          "x-inngest-sync-kind": "in_band",
        });
      };
      const answer = await api.post("/api/v1/apps/sync", { url: app.url, kind: "in_band" });
      expect.equal(answer.status, 200, answer.text);
      expect.equal(put, { kind: "in_band", body: { url: app.url } });
      const [eventId = ""] = await api.send({ name: app.event() });
      expect.equal((await api.ended(eventId)).output, "in band");
    },
    "an app that declines registers out of band": async ({ app, api, expect }) => {
      await app.register([{ script: () => result() }]);
      await api.delete(`/fn/remove?url=${encodeURIComponent(app.url)}`);
      app.onPut = async () => {
        const { status, text } = await app.sendRegistration(app.registration());
        return bare(status, text, { ...json, "x-inngest-sync-kind": "out_of_band" });
      };
      expect.equal((await api.post("/api/v1/apps/sync", { url: app.url, kind: "in_band" })).status, 200);
      await sendAndEnd(app, api.send({ name: app.event() }));
    },
  }),
];
