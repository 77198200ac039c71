import { at } from "../api.ts";
import { rule } from "../conformance-case.ts";
import { result } from "../reply.ts";

export const invokeEndpointCases = [
  ...rule("5.8", {
    "POST /invoke starts one function by its slug, in either spelling": async ({ app, api, expect }) => {
      await app.register([{ triggers: [], script: (call) => result(call.body.event["data"]) }]);
      for (const path of [app.slug(), `${app.name}/f`, `${app.name}%2Ff`]) {
        const answer = await api.post(`/invoke/${path}`, { data: { path } });
        expect.equal(answer.status, 200, path);
        expect.like((await api.ended(String(at(answer.json, "id")))).output, { path });
      }
    },
    "an unknown function is 404": async ({ api, expect }) => {
      expect.equal((await api.post("/invoke/no-such-function", {})).status, 404);
    },
    "the first event of a seed has the index 0": async ({ app, api, expect }) => {
      await app.register([{ triggers: [], script: () => result() }]);
      const answer = await api.post(
        `/invoke/${app.slug()}`,
        {},
        { headers: { "x-inngest-event-id-seed": "1743130137367,eii2YKXRVTJPuA==" } },
      );
      expect.equal(at(answer.json, "id"), "01JQDAE4RQF8MBCR55T5AK4KXR");
    },
  }),
  ...rule(
    "5.8",
    {
      "it asks for the key": async ({ app, api, expect }) => {
        expect.equal((await api.post(`/invoke/${app.slug()}`, {}, { bearer: false })).status, 401);
      },
    },
    ["cloud", "signed"],
  ),
];
