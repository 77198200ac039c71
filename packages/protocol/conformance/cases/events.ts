import { at } from "../api.ts";
import type { App } from "../app.ts";
import { rule } from "../conformance-case.ts";
import { ops, result, sleep } from "../reply.ts";

const eventOf = (app: App): unknown => app.calls[0]?.body.event;

async function received(app: App, event: Readonly<Record<string, unknown>>): Promise<unknown> {
  await (await app.start(() => result(), { event })).ended();
  return eventOf(app);
}

export const eventCases = [
  ...rule("1.2", {
    "an event without a name is refused": async ({ api, expect }) => {
      for (const event of [{ data: {} }, { name: "" }, { name: null }]) {
        const answer = await api.events(event);
        expect.equal(answer.status, 400);
        expect.matches(at(answer.json, "error"), /event name is empty/);
      }
    },
    "names of inngest/ and stepwell/ are the server's own, in any case of letters": async ({ api, expect }) => {
      for (const name of ["inngest/function.finished", "Inngest/x", "INNGEST/X", "stepwell/x", "StepWell/y"]) {
        const answer = await api.events({ name });
        expect.equal(answer.status, 400, name);
        expect.matches(at(answer.json, "error"), /event name is reserved for internal use: /);
      }
    },
    "inngest.x with a dot is an ordinary name": async ({ api, expect }) => {
      expect.equal((await api.events({ name: "inngest.x" })).status, 200);
    },
    "data that is missing or null is {}": async ({ app, api, expect }) => {
      expect.like(await received(app, { data: null }), { data: {} });
      const [eventId] = await api.send({ name: app.event() });
      await api.ended(eventId ?? "");
      expect.equal(app.calls[1]?.body.event["data"], {});
    },
    "data that is no object is refused": async ({ api, app, expect }) => {
      for (const data of ["text", 1, [1], true]) expect.equal((await api.events({ name: app.event(), data })).status, 400);
    },
    "_inngest at the top of the data is taken out": async ({ app, expect }) => {
      const event = await received(app, { data: { _inngest: { fn_id: "x" }, kept: { _inngest: 1 } } });
      expect.equal(at(event, "data"), { kept: { _inngest: 1 } });
    },
    "the app gets the whole event, user as an object": async ({ app, expect }) => {
      const before = Date.now();
      const event = await received(app, { data: { n: 1 } });
      expect.equal(Object.keys(event as object).sort(), ["data", "id", "name", "ts", "user"]);
      expect.like(event, { name: app.event(), data: { n: 1 }, user: {} });
      expect.between(at(event, "ts"), before - 2_000, Date.now() + 2_000, "the time of receipt");
      expect.ok(typeof at(event, "id") === "string" && at(event, "id") !== "", "the event has an id");
    },
    "user, v and id of the sender are passed on": async ({ app, expect }) => {
      const event = { id: `${app.name}-1`, user: { external_id: "u" }, v: "2024-01-01.1", ts: 1_743_130_137_367 };
      expect.like(await received(app, event), event);
    },
    "whatever JSON it is arrives as it was sent": async ({ app, expect }) => {
      const text =
        '{"__proto__":{"a":1},"constructor":1,"nul":"\\u0000","lone":"\\ud800","emoji":"👩‍🚀","big":1e308,"small":5e-324,"":[[],{},null,""],"é":"é"}';
      const data: unknown = JSON.parse(text);
      const event = await received(app, { id: `${app.name}/\u0000👩‍🚀`, data });
      expect.equal(
        JSON.stringify(Object.entries(at(event, "data") as object).sort()),
        JSON.stringify(Object.entries(data as object).sort()),
      );
      expect.equal(at(event, "id"), `${app.name}/\u0000👩‍🚀`);
    },
    "the id of an event without one is its internal id": async ({ app, expect }) => {
      const run = await app.start(() => result(), { event: { id: "" } });
      await run.ended();
      expect.equal(at(eventOf(app), "id"), run.eventId);
    },
    "a time of 0 is the time of receipt": async ({ app, expect }) => {
      const before = Date.now();
      expect.between(at(await received(app, { ts: 0 }), "ts"), before - 2_000, Date.now() + 2_000, "ts");
    },
    "times before 1980 and after 2100 are refused": async ({ app, api, expect }) => {
      const early = await api.events({ name: app.event(), ts: Date.UTC(1979, 11, 31) });
      expect.equal(early.status, 400);
      expect.matches(at(early.json, "error"), /timestamp is before Jan 1, 1980/);
      const late = await api.events({ name: app.event(), ts: Date.UTC(2100, 0, 2) });
      expect.equal(late.status, 400);
      expect.matches(at(late.json, "error"), /timestamp is after Jan 1, 2100/);
    },
    "sessions: numbers become text, null takes a key of the lower layer away, and that layer is not passed on": async ({ app, expect }) => {
      const event = await received(app, {
        meta: { sessions: { n: 12, gone: null }, propagated_sessions: { gone: "x", kept: "y", n: "other" } },
      });
      expect.equal(at(event, "meta"), { sessions: { n: "12", kept: "y" } });
    },
    "sessions: the lower layer fills up to five, in the order of its keys": async ({ app, expect }) => {
      const event = await received(app, {
        meta: { sessions: { x: "1", y: "2", z: "3" }, propagated_sessions: { c: "c", a: "a", b: "b" } },
      });
      expect.equal(at(event, "meta", "sessions"), { x: "1", y: "2", z: "3", a: "a", b: "b" });
    },
    "sessions: null as a whole drops the lower layer": async ({ app, expect }) => {
      const event = await received(app, { meta: { sessions: null, propagated_sessions: { a: "a" } } });
      expect.equal(at(event, "meta", "sessions"), undefined);
    },
    "sessions: six, a key of 129 bytes, a value of 513 bytes are refused": async ({ app, api, expect }) => {
      const six = Object.fromEntries(["a", "b", "c", "d", "e", "f"].map((key) => [key, "1"]));
      for (const sessions of [six, { ["k".repeat(129)]: "v" }, { k: "v".repeat(513) }])
        expect.equal((await api.events({ name: app.event(), meta: { sessions } })).status, 400);
      const fits = { ["k".repeat(128)]: "v".repeat(512) };
      expect.equal((await api.events({ name: app.event(), meta: { sessions: fits } })).status, 200);
    },
    "a trigger matches by its name, and by each prefix that ends in / or . with *": async ({ app, api, expect }) => {
      const names = ["a.b.c", "*", "a.*", "a.b.*", "a.b", "b.*"];
      const functions = names.map((name, index) => ({ id: `f${index}`, triggers: [{ event: app.event(name) }], script: () => result() }));
      await app.register(functions);
      const [eventId = ""] = await api.send({ name: app.event("a.b.c") });
      for (let number = 1; number <= 4; number += 1) await app.call(number);
      expect.equal((await api.runsOf(eventId)).length, 4);
      expect.equal(app.calls.map(({ fn }) => fn).sort(), ["f0", "f1", "f2", "f3"]);
    },
  }),
  ...rule("1.3", {
    ...Object.fromEntries(
      (
        [
          ["1d12h30m", 131_400_000],
          ["1w2d", 777_600_000],
          ["90s", 90_000],
          ["1.5h", 5_400_000],
          ["20000ms", 20_000],
          ["30000000us", 30_000],
          ["30000000µs", 30_000],
          ["25000000000ns", 25_000],
          ["1h1ms", 3_600_001],
        ] as const
      ).map(([text, ms]) => [
        `"${text}" is ${ms} ms`,
        async ({ app, api, expect }) => {
          const run = await app.start(() => ops([sleep("nap", text)]));
          const called = (await app.call(1)).at;
          expect.between((await api.dueAt(await run.runId())) - called, ms - 1, ms + 5_000, "how long it sleeps");
        },
      ]),
    ),
    "an instant is an RFC 3339 text": async ({ app, api, expect }) => {
      const instant = new Date(Date.now() + 86_400_000);
      const run = await app.start(() => ops([sleep("nap", instant.toISOString())]));
      expect.between((await api.dueAt(await run.runId())) - instant.getTime(), 0, 1_000, "after the instant");
    },
  }),
];
