import { has } from "../app.ts";
import { rule } from "../conformance-case.ts";
import { idOf, ops, raw, result } from "../reply.ts";

const go = { "x-inngest-sdk": "go:v0.15.1", "user-agent": "go:v0.15.1" };
const python = { "x-inngest-sdk": "inngest-py:v0.5.9", "user-agent": "inngest-py:v0.5.9" };

export const sdkDifferenceCases = [
  ...rule("10", {
    "Go's registration and ops: no type, a bare number of retries, nulls everywhere": async ({ app, api, expect }) => {
      const fn = {
        name: "F",
        id: app.slug(),
        priority: null,
        concurrency: null,
        triggers: [{ event: app.event(), expression: null }],
        retries: 2,
        Singleton: null,
        steps: { step: { id: "step", name: "F", runtime: { url: `${app.url}?fnId=${app.slug()}&step=step` }, retries: { attempts: 2 } } },
      };
      const nulls = { opts: null, data: null, error: null, displayName: null, timing: { a: 0, b: 0 } };
      await app.register([
        {
          script: (call) => {
            if (!has(call, "a"))
              return ops([{ ...nulls, op: "StepRun", id: idOf("a"), name: "a", data: { x: 1 }, userland: { id: "a", index: 0 } }], go);
            if (!has(call, "nap")) return ops([{ ...nulls, op: "Sleep", id: idOf("nap"), name: "nap", opts: { duration: "10ms" } }], go);
            return raw(200, `${JSON.stringify(call.body.steps)}\n`, go);
          },
        },
      ]);
      const body = { url: app.url, v: "1", deployType: "ping", sdk: "go:v0.15.1", framework: "", appName: app.name };
      const answer = await app.sendRegistration({ ...body, headers: { env: "", platform: "" }, capabilities: {}, functions: [fn] });
      expect.like(answer.json, { ok: true });
      const [eventId = ""] = await api.send({ name: app.event() });
      expect.equal((await api.ended(eventId)).output, { [idOf("a")]: { data: { x: 1 } }, [idOf("nap")]: null });
      expect.equal(app.calls[0]?.body.ctx.max_attempts, 3);
    },
    "Python's ops: opts and index null, a sleep until a date, a step error with a code": async ({ app, expect }) => {
      const base = { opts: null, data: null, name: "a", displayName: "a", userland: { id: "a", index: null } };
      const run = await app.start((call) => {
        if (!has(call, "nap"))
          return ops([{ ...base, op: "Sleep", id: idOf("nap"), name: new Date(Date.now() + 20).toISOString() }], python);
        if (has(call, "a")) return result(call.body.steps[idOf("a")], python);
        const error = { code: "ValueError", message: "m", name: "ValueError", stack: "Traceback" };
        return ops([{ ...base, op: "StepFailed", id: idOf("a"), error }], { ...python, "x-inngest-no-retry": "true" });
      });
      expect.like((await run.ended()).output, { error: { name: "ValueError", message: "m", data: null } });
    },
    "TypeScript's ops: opts always, data null beside an error, keys of its own": async ({ app, expect }) => {
      const run = await app.start((call) => {
        if (has(call, "a")) return result(call.body.steps[idOf("a")]);
        const error = { name: "TypeError", message: "m", stack: "s", __serialized: true, code: "E" };
        return ops([
          {
            id: idOf("a"),
            op: "StepFailed",
            name: "a",
            displayName: "a",
            opts: {},
            data: null,
            error,
            userland: { id: "a" },
            mode: "async",
          },
        ]);
      });
      expect.like((await run.ended()).output, { error: { name: "TypeError", message: "m", data: null } });
    },
  }),
  ...rule("4.1", {
    "an app registers unprompted too": async ({ app, expect }) => {
      expect.like((await app.register()).json, { ok: true, modified: true });
    },
  }),
];
