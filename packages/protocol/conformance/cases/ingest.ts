import { at } from "../api.ts";
import { rule } from "../conformance-case.ts";
import { result } from "../reply.ts";
import { pause } from "../until.ts";

export const ingestCases = [
  ...rule("5.1", {
    "one object or an array": async ({ app, api, expect }) => {
      expect.equal((await api.send({ name: app.event() })).length, 1);
      expect.equal((await api.send([{ name: app.event() }, { name: app.event() }])).length, 2);
      expect.equal((await api.send(` \n\t[{"name":"${app.event()}"}]`)).length, 1, "after blanks");
    },
    "JSON passes under any content type": async ({ app, api, expect }) => {
      for (const type of ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]) {
        const answer = await api.events({ name: app.event() }, { "content-type": type });
        expect.equal(answer.status, 200, type);
      }
    },
    "a form is refused": async ({ api, expect }) => {
      const form = await api.events("name=a&data=b", { "content-type": "application/x-www-form-urlencoded" });
      expect.equal([form.status, at(form.json, "ids")], [400, []]);
      const parts = '--x\r\ncontent-disposition: form-data; name="name"\r\n\r\na\r\n--x--\r\n';
      expect.equal((await api.events(parts, { "content-type": "multipart/form-data; boundary=x" })).status, 400);
    },
    "objects line by line are refused": async ({ app, api, expect }) => {
      const line = JSON.stringify({ name: app.event() });
      expect.equal((await api.events(`${line}\n${line}`)).status, 400);
    },
    "5,000 events pass, 5,001 do not": async ({ app, api, expect }) => {
      const events = Array.from({ length: 5_000 }, () => ({ name: app.event() }));
      expect.equal((await api.send(events)).length, 5_000);
      const answer = await api.events([...events, { name: app.event() }]);
      expect.equal([answer.status, at(answer.json, "ids")], [400, []]);
    },
    "an event of 3 MiB passes, a larger one does not": async ({ app, api, expect }) => {
      const around = JSON.stringify({ name: app.event(), data: { text: "" } }).length;
      const sized = (bytes: number): object => ({ name: app.event(), data: { text: "x".repeat(bytes - around) } });
      expect.equal((await api.events(sized(3 * 1_024 * 1_024))).status, 200);
      const answer = await api.events(sized(3 * 1_024 * 1_024 + 1));
      expect.equal(answer.status, 400);
      expect.matches(at(answer.json, "error"), /Event is over the max size: Max 3145728 bytes \/ Size 3145729 bytes/);
    },
    "one bad event refuses all, and its index is named": async ({ app, api, expect }) => {
      await app.register([{ script: () => result() }]);
      const answer = await api.events([{ name: app.event() }, { name: app.event() }, { name: "" }, { name: app.event() }]);
      expect.equal(answer.status, 400);
      expect.equal(
        ["ids", "status", "error"].map((key) => at(answer.json, key)),
        [[], 400, "event 2: event name is empty"],
      );
      const [eventId = ""] = await api.send({ name: app.event() });
      await api.ended(eventId);
      expect.equal(app.calls.length, 1, "calls for the events of the refused request");
    },
  }),
  ...rule("5.2", {
    "an empty key is refused": async ({ app, api, expect }) => {
      for (const path of ["/e/", "/e"]) {
        const answer = await api.post(path, { name: app.event() });
        expect.equal(answer.status, 401, path);
        expect.matches(at(answer.json, "error"), /Event key is required/);
      }
    },
  }),
  ...rule(
    "5.2",
    {
      "any key passes": async ({ app, api, expect }) => {
        for (const key of ["NO_EVENT_KEY_SET", "test", "x"]) expect.equal((await api.post(`/e/${key}`, { name: app.event() })).status, 200);
      },
    },
    ["dev", "no_event_key"],
  ),
  ...rule(
    "5.2",
    {
      "a key that is not on the list is refused": async ({ app, api, expect }) => {
        const answer = await api.post("/e/not-the-key", { name: app.event() });
        expect.equal(
          [answer.status, ...["status", "message", "error"].map((key) => at(answer.json, key))],
          [401, 401, "", "Event key not found"],
        );
      },
    },
    ["event_key"],
  ),
  ...rule("5.3", {
    "the ids are ULIDs of ours, in the order of the events": async ({ app, api, expect }) => {
      const answer = await api.events([1, 2, 3].map((n) => ({ name: app.event(), id: `${app.name}-${n}`, data: { n } })));
      expect.equal(answer.status, 200);
      expect.matches(answer.headers.get("content-type"), /^application\/json/);
      expect.equal(Object.keys(answer.json as object).sort(), ["ids", "status"]);
      const ids = at(answer.json, "ids") as readonly string[];
      for (const [index, id] of ids.entries()) {
        expect.matches(id, /^[0-9A-HJKMNP-TV-Z]{26}$/);
        expect.like((await api.get(`/v1/events/${id}`)).json, {
          data: { internal_id: id, id: `${app.name}-${index + 1}`, data: { n: index + 1 } },
        });
      }
    },
    "an empty body is refused, an empty list is not": async ({ api, expect }) => {
      for (const body of ["", "  \n"]) {
        const answer = await api.events(body);
        expect.equal(answer.status, 400);
        expect.like(answer.json, { ids: [], status: 400 });
      }
      const none = await api.events([]);
      expect.equal([none.status, none.json], [200, { ids: [], status: 200 }]);
    },
    "a refusal says its status in the body too": async ({ api, expect }) => {
      for (const body of ["{oops", "1", "null", '"text"', '[{"name":"a"},2]', "[[]]"]) {
        const answer = await api.events(body);
        expect.equal(answer.status, 400, body);
        expect.like(answer.json, { ids: [], status: 400 });
        expect.ok(typeof at(answer.json, "error") === "string", "an error");
      }
    },
  }),
  ...rule("5.4", {
    "a seed makes the ids; the first event has the index 1": async ({ app, api, expect }) => {
      const ids = await api.send([{ name: app.event() }, { name: app.event() }], {
        "x-inngest-event-id-seed": "1743130137367,eii2YKXRVTJPuA==",
      });
      expect.equal(ids, ["01JQDAE4RQF8MBCR55T5AK4KXS", "01JQDAE4RQF8MBCR55T5AK4KXT"]);
    },
    "a seed that is none is ignored": async ({ app, api, expect }) => {
      const bad = ["nonsense", "0,eii2YKXRVTJPuA==", "-1,eii2YKXRVTJPuA==", "1743130137367", "1743130137367,eii2", "1743130137367,e,i"];
      for (const seed of bad) {
        const [id = ""] = await api.send({ name: app.event() }, { "x-inngest-event-id-seed": seed });
        expect.ok(!id.startsWith("01JQDAE4RQ"), `an id of now for the seed ${seed}`);
      }
    },
  }),
  ...rule("5.5", {
    "a send that is tried again with its seed is stored and run once": async ({ app, api, expect }) => {
      await app.register([{ script: () => result() }]);
      const seed = { "x-inngest-event-id-seed": `${Date.now()},${Buffer.from(app.name.padEnd(10, "x").slice(-10)).toString("base64")}` };
      const first = await api.send([{ name: app.event() }], seed);
      await api.ended(first[0] ?? "");
      expect.equal(await api.send([{ name: app.event() }], seed), first);
      const [last = ""] = await api.send({ name: app.event() });
      await api.ended(last);
      expect.equal(app.calls.length, 2);
      const { data } = (await api.get(`/v1/events?name=${encodeURIComponent(app.event())}`)).json as { readonly data: readonly object[] };
      expect.equal(data.length, 2, "events stored");
    },
    "the same external id again: stored, and each function that ran is not started again, with the outcome shown": async ({
      app,
      api,
      expect,
    }) => {
      await app.register([{ script: () => result() }]);
      const event = { name: app.event(), id: `${app.name}-same` };
      const [first = ""] = await api.send(event);
      const run = await api.ended(first);
      const [second = ""] = await api.send(event);
      expect.ok(second !== first, "another internal id");
      expect.like((await api.get(`/v1/events/${second}`)).json, { data: { id: event.id, internal_id: second } });
      expect.equal(await api.runsOf(second), []);
      const outcomes = at((await api.get(`/api/v1/events/${second}`)).json, "data", "outcomes");
      expect.like(outcomes, [{ function: app.slug() }]);
      expect.ok(JSON.stringify(outcomes).includes(run.run_id), "the outcome names the first run");
    },
    "within one request the first of an external id counts": async ({ app, api, expect }) => {
      await app.register([{ script: (call) => result(call.body.event["data"]) }]);
      const id = `${app.name}-same`;
      const [first = "", second = ""] = await api.send([
        { name: app.event(), id, data: { n: 1 } },
        { name: app.event(), id, data: { n: 2 } },
      ]);
      expect.equal((await api.ended(first)).output, { n: 1 });
      expect.equal(await api.runsOf(second), []);
    },
    "an external id counts for each function by itself": async ({ app, api, expect }) => {
      await app.register([{ script: () => result() }]);
      const event = { name: app.event(), id: `${app.name}-same` };
      await api.ended((await api.send(event))[0] ?? "");
      await app.register([{ script: () => result() }, { id: "later", script: () => result() }]);
      await api.ended((await api.send(event))[0] ?? "");
      expect.equal(
        app.calls.map(({ fn }) => fn),
        ["f", "later"],
      );
    },
  }),
  ...rule("5.6", {
    "an event of the future is stored at once and runs when its time has come": async ({ app, api, expect }) => {
      const ts = Date.now() + 1_500;
      const run = await app.start(() => result(), { event: { ts } });
      expect.equal((await api.get(`/v1/events/${run.eventId}`)).status, 200);
      await run.ended();
      expect.between(app.calls[0]?.at, ts, ts + 10_000, "the time of the call");
    },
    "an event of the past runs at once": async ({ app, expect }) => {
      const before = Date.now();
      await (await app.start(() => result(), { event: { ts: before - 86_400_000 } })).ended();
      expect.between(app.calls[0]?.at, before, before + 10_000, "the time of the call");
    },
  }),
  ...rule("5.7", {
    "an event starts a function once, though several triggers match": async ({ app, api, expect }) => {
      const triggers = [{ event: app.event() }, { event: `${app.name}/*` }, { event: app.event(), expression: "true" }];
      const run = await app.start(() => result(), { triggers });
      await run.ended();
      await pause(100);
      expect.equal((await api.runsOf(run.eventId)).length, 1);
      expect.equal(app.calls.length, 1);
    },
    "a condition that is false, or fails on the event, starts nothing": async ({ app, api, expect }) => {
      const triggers = [{ event: app.event(), expression: "event.data.total > 10" }];
      await app.register([{ triggers, script: () => result() }]);
      const events = [{ total: 5 }, {}, { total: "text" }, { total: 11 }].map((data) => ({ name: app.event(), data }));
      const ids = await api.send(events);
      await api.ended(ids[3] ?? "");
      const counts = await Promise.all(ids.map(async (id) => (await api.runsOf(id)).length));
      expect.equal(counts, [0, 0, 0, 1]);
    },
    "every function that matches has a run of its own": async ({ app, api, expect }) => {
      await app.register(["a", "b", "c"].map((id) => ({ id, script: () => result(id) })));
      const [eventId = ""] = await api.send({ name: app.event() });
      for (const number of [1, 2, 3]) await app.call(number);
      expect.equal((await api.runsOf(eventId)).length, 3);
      expect.equal(new Set(app.calls.map(({ body }) => body.ctx.run_id)).size, 3);
    },
    "the events of a run are the one event": async ({ app, expect }) => {
      await (await app.start(() => result(), { event: { data: { n: 1 } } })).ended();
      const { event, events } = (await app.call(1)).body;
      expect.equal(events, [event]);
    },
  }),
];
