import { at } from "../api.ts";
import { rule } from "../conformance-case.ts";
import { bare, idOf, ops, planned, result, stepRun } from "../reply.ts";

export const headerCases = [
  ...rule("2.1", {
    "a call carries what the SDKs read": async ({ app, expect }) => {
      const run = await (await app.start(() => result())).ended();
      const { headers, body } = await app.call(1);
      expect.matches(headers["content-type"], /^application\/json/);
      expect.equal(headers["user-agent"], "Inngest");
      expect.matches(headers["accept-encoding"], /gzip/);
      expect.equal(headers["x-run-id"], run.run_id);
      expect.equal(headers["x-inngest-req-version"], "-1");
      expect.equal(headers["x-inngest-step-id"], "step");
      expect.matches(headers["x-inngest-generation-id"], /^[1-9]\d*$/);
      expect.ok((headers["x-inngest-job-id"] ?? "") !== "", "a job id");
      expect.equal(headers["x-request-id"], body.ctx["request_id"]);
    },
    "no call carries the kind of the server": async ({ app, expect }) => {
      await (await app.start(() => result())).ended();
      expect.equal(app.calls[0]?.headers["x-inngest-server-kind"], undefined);
    },
    "version and step id of the headers are those of body and query": async ({ app, expect }) => {
      const run = await app.start((call) => {
        if (call.stepId === idOf("a")) return ops([stepRun("a", 1)]);
        if (call.stepId === idOf("b")) return ops([stepRun("b", 1)]);
        return call.number === 1 ? ops([planned("a"), planned("b")]) : result();
      });
      await run.ended();
      expect.equal(app.calls.length, 4);
      for (const { headers, body, stepId } of app.calls) {
        expect.equal(headers["x-inngest-req-version"], String(body.version));
        expect.equal(headers["x-inngest-step-id"], stepId);
      }
      expect.equal(app.calls.map(({ stepId }) => stepId).sort(), ["step", "step", idOf("a"), idOf("b")].sort());
    },
    "an SDK without a key gets no signature that it could not check": async ({ app, api, expect }) => {
      await (await app.start(() => result())).ended();
      expect.equal(app.calls[0]?.headers["x-inngest-signature"] === undefined, api.target.signingKey === undefined);
    },
  }),
  ...rule("2.2", {
    "a sync carries content type and kind; absent sync kind is out of band": async ({ app, api, expect }) => {
      let put: Parameters<NonNullable<typeof app.onPut>>[0] | undefined;
      app.onPut = (received) => {
        put = received;
        return bare(200, "{}");
      };
      const answer = await api.post("/api/v1/apps/sync", { url: app.url });
      expect.matches(put?.headers["content-type"], /^application\/json/);
      expect.equal(put?.headers["x-inngest-server-kind"], answer.headers.get("x-inngest-server-kind"));
      expect.ok([undefined, "out_of_band"].includes(put?.headers["x-inngest-sync-kind"] as string | undefined), "out of band");
    },
  }),
  ...rule("2.3", {
    "an SDK's own headers disturb nothing": async ({ app, expect }) => {
      const answer = await app.sendRegistration(app.registration(), {
        "x-inngest-sdk": "inngest-js:v4.24.0",
        "x-inngest-framework": "nextjs",
        "x-inngest-platform": "vercel",
        "x-inngest-env": "branch-1",
        "x-inngest-sync-kind": "out_of_band",
        "x-inngest-sdk-handled": "true",
        "x-inngest-req-version": "2",
        "server-timing": "a;dur=1",
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      });
      expect.like(answer.json, { ok: true });
    },
  }),
  ...rule(
    "2.3",
    {
      "without a key on the server, whatever stands for a bearer passes": async ({ app, api, expect }) => {
        for (const authorization of ["Bearer undefined", "Bearer ", "Bearer", "Bearer signkey-test-00", "Basic eDp5"]) {
          const answer = await api.post("/fn/register", app.registration(), { headers: { authorization } });
          expect.equal(answer.status, 200, authorization);
        }
        expect.equal((await api.post("/fn/register", app.registration(), { bearer: false })).status, 200);
      },
    },
    ["unsigned"],
  ),
  ...rule("2.4", {
    "what an app says of itself disturbs nothing": async ({ app, expect }) => {
      const headers = {
        "x-inngest-sdk-handled": "true",
        "x-inngest-env": "x",
        "x-inngest-framework": "express",
        "x-inngest-expected-server-kind": "cloud",
        "server-timing": "f;dur=1",
      };
      expect.like(await (await app.start(() => result("fine", headers))).ended(), { status: "Completed", output: "fine" });
    },
    "401 of an SDK that hides itself is told as a matter of keys": async ({ app, expect }) => {
      const run = await app.start(() => bare(401, '{"message":"Unauthorized"}', { "x-inngest-sdk-handled": "true" }));
      const { status, output } = await run.ended();
      expect.equal(status, "Failed");
      expect.matches(JSON.stringify(output), /sign/i);
      expect.ok(at(output, "message") !== undefined, "a message");
    },
  }),
];
