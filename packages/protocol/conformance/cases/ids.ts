import { at } from "../api.ts";
import { has } from "../app.ts";
import { rule } from "../conformance-case.ts";
import { ops, result, soon, stepRun, thrown } from "../reply.ts";

const ulid = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const idCases = [
  ...rule("1.1", {
    "runs and events have ULIDs": async ({ app, expect }) => {
      const run = await app.start(() => result());
      expect.matches(run.eventId, ulid);
      expect.matches((await run.ended()).run_id, ulid);
    },
    "apps and syncs have UUIDs; the app keeps its own": async ({ app, expect }) => {
      const first = await app.register();
      const second = await app.register([{ id: "f" }, { id: "g" }]);
      for (const answer of [first, second]) expect.matches(at(answer.json, "sync_id"), uuid);
      expect.matches(at(first.json, "app_id"), uuid);
      expect.equal(at(second.json, "app_id"), at(first.json, "app_id"));
      expect.ok(at(second.json, "sync_id") !== at(first.json, "sync_id"), "each sync has an id of its own");
    },
    "a function has a UUID that stays when the app registers again": async ({ app, api, expect }) => {
      await (await app.start(() => result())).ended();
      await app.register([{}, { id: "other", triggers: [] }]);
      const [eventId = ""] = await api.send({ name: app.event() });
      await api.ended(eventId);
      expect.matches(app.calls[0]?.body.ctx.fn_id, uuid);
      expect.equal(app.calls[1]?.body.ctx.fn_id, app.calls[0]?.body.ctx.fn_id);
    },
    "every call of a run has another qi_id": async ({ app, expect }) => {
      const run = await app.start((call) => (has(call, "b") ? result() : ops([has(call, "a") ? stepRun("b", 1) : stepRun("a", 1)])));
      await run.ended();
      const ids = app.calls.map(({ body }) => body.ctx.qi_id);
      expect.equal(ids.length, 3);
      expect.equal(new Set(ids).size, 3, "different ids");
      expect.ok(
        ids.every((id) => typeof id === "string" && id !== ""),
        "no id is empty",
      );
    },
    "a retry is another dispatch: its generation is higher, its request id new": async ({ app, expect }) => {
      const run = await app.start((call) => (call.number === 1 ? thrown("once", soon) : result()), { retries: 1 });
      await run.ended();
      const [first, second] = app.calls;
      const generation = (call: typeof first): number => Number(call?.headers["x-inngest-generation-id"]);
      expect.between(generation(first), 1, 1, "the first generation");
      expect.ok(generation(second) > generation(first), "the generation rises");
      expect.matches(first?.headers["x-request-id"], ulid);
      expect.ok(first?.headers["x-request-id"] !== second?.headers["x-request-id"], "another request id");
    },
  }),
];
