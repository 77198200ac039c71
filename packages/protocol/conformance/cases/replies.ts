import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { at } from "../api.ts";
import { type Check, rule } from "../conformance-case.ts";
import { anyOp, bare, broken, final, idOf, ops, planned, type Reply, raw, result, runComplete, soon, stepRun, thrown } from "../reply.ts";

/** What a run ends with whose first call is answered so, and any further one with "after". */
function becomes(first: () => Reply, expected: Readonly<Record<string, unknown>>, calls = 1): Check {
  return async ({ app, expect }) => {
    const run = await app.start((call) => (call.number === 1 ? first() : result("after")));
    expect.like(await run.ended(), expected);
    expect.equal(app.calls.length, calls, "calls");
  };
}

/** The reply is no success: it is tried again after the second the app asked for, where it could ask. */
function triedAgain(first: () => Reply): Check {
  return async ({ app, expect }) => {
    const run = await app.start(
      (call) => {
        if (call.number > 1) return result("after");
        const reply = first();
        return { ...reply, headers: { ...reply.headers, ...soon } };
      },
      { retries: 1 },
    );
    expect.like(await run.ended(), { status: "Completed", output: "after" });
    expect.equal(
      app.calls.map(({ body }) => body.ctx.attempt),
      [0, 1],
    );
  };
}

const fails = (first: () => Reply, output: unknown): Check => becomes(first, { status: "Failed", output });
const json = { "content-type": "application/json" };
const streamed = (text: string): Reply => raw(201, text, { "x-inngest-req-version": "" });
const progress = (list: unknown): string => JSON.stringify(list);

export const replyCases = [
  ...rule("7.1", {
    "gzip is undone": becomes(() => raw(200, gzipSync('{"zipped":1}'), { "content-encoding": "gzip" }), { output: { zipped: 1 } }),
    "br is undone": becomes(() => raw(200, brotliCompressSync('{"zipped":2}'), { "content-encoding": "br" }), { output: { zipped: 2 } }),
    "another encoding is an error": fails(() => raw(200, deflateSync("{}"), { "content-encoding": "deflate" }), {}),
    "what claims to be gzip and is not is an error": fails(() => raw(200, "{}", { "content-encoding": "gzip" }), {}),
    "a body over 8 MiB is an error": async ({ app, expect }) => {
      const run = await (await app.start(() => raw(200, `"${"x".repeat(8 * 1_024 * 1_024)}"`))).ended();
      expect.equal(run.status, "Failed");
      expect.matches(at(run.output, "message"), /Your function's response body exceeds the maximum size limit/);
    },
    "so is one that is over it only when it is unpacked": async ({ app, expect }) => {
      const zipped = gzipSync(`"${"x".repeat(9 * 1_024 * 1_024)}"`);
      expect.like(await (await app.start(() => raw(200, zipped, { "content-encoding": "gzip" }))).ended(), { status: "Failed" });
    },
    "any 2xx but 201 and 206 ends the run": async ({ app, expect }) => {
      for (const status of [200, 202, 203, 299]) {
        const run = await app.start(() => raw(status, String(status)));
        expect.like(await run.ended(), { status: "Completed", output: status });
      }
    },
  }),
  ...rule("7.2", {
    "progress is a list": becomes(() => ops([stepRun("a", 1)]), { output: "after" }, 2),
    "or one op": becomes(() => ops(stepRun("a", 1)), { output: "after" }, 2),
    "blanks around it do not matter": becomes(() => raw(206, `\n ${progress([stepRun("a", 1)])} \n`), { output: "after" }, 2),
    "an empty list asks for nothing, and the function is asked again": becomes(() => ops([]), { output: "after" }, 2),
    "a null in the list spoils it": triedAgain(() => ops([stepRun("a", 1), null])),
    "an op nobody knows spoils it": triedAgain(() => ops([stepRun("a", 1), anyOp("Teleport", "x", {})])),
    "StepNotFound is no op of the wire": triedAgain(() => ops([anyOp("StepNotFound", "x", {})])),
    "a StepError without an error spoils it": triedAgain(() => ops([anyOp("StepError", "x", {})])),
    "an op without an id spoils it": triedAgain(() => ops([{ op: "StepRun", data: 1 }])),
    "no JSON": triedAgain(() => raw(206, "{oops")),
    "an empty body": triedAgain(() => raw(206, "")),
    "neither list nor object": triedAgain(() => raw(206, '"text"')),
    "no header of an SDK": triedAgain(() => bare(206, progress([stepRun("a", 1)]), json)),
    "of a spoilt list nothing is saved": async ({ app, expect }) => {
      const run = await app.start((call) => (call.number === 1 ? ops([stepRun("a", 1), null], soon) : result(call.body.steps)), {
        retries: 1,
      });
      expect.equal((await run.ended()).output, {});
    },
    "a step's result over 4 MiB spoils it": async ({ app, expect }) => {
      const run = await (await app.start(() => ops([stepRun("a", "x".repeat(4 * 1_024 * 1_024))]))).ended();
      expect.equal(run.status, "Failed");
      expect.ok(app.calls.length === 1, "nothing was saved");
    },
    "unknown keys of an op are ignored": becomes(
      () =>
        ops([
          { ...stepRun("a", 1), mode: "sync", rawArgs: [1], hashedId: "x", promise: {}, fulfilled: true, handled: false, middleware: {} },
        ]),
      { output: "after" },
      2,
    ),
  }),
  ...rule("7.3", {
    "an empty body is null": becomes(() => raw(200, ""), { status: "Completed", output: null }),
    null: becomes(() => raw(200, "null"), { output: null }),
    "an object": becomes(() => result({ a: [1] }), { output: { a: [1] } }),
    "a number": becomes(() => result(42), { output: 42 }),
    "a list": becomes(() => result([1, null]), { output: [1, null] }),
    "a text stays a text": becomes(() => result("42"), { output: "42" }),
    "an object inside a text is decoded once more": becomes(() => result('{"a":1}'), { output: { a: 1 } }),
    "a list inside a text is a text": becomes(() => result("[1]"), { output: "[1]" }),
    "what is no JSON is text": becomes(() => raw(200, "plain text"), { output: "plain text" }),
    "a line break after the JSON does not matter": becomes(() => raw(200, '{"go":1}\n'), { output: { go: 1 } }),
  }),
  ...rule("7.4", {
    "a page without the header of an SDK is no result": async ({ app, expect }) => {
      const run = await (await app.start(() => bare(200, "<h1>Sign in</h1>", { "content-type": "text/html" }))).ended();
      expect.equal(run.status, "Failed");
      expect.matches(JSON.stringify(run.output), /SDK/);
    },
    "it is tried again": triedAgain(() => bare(200, '{"fine":true}', json)),
  }),
  ...rule("7.5", {
    "500 is tried again": triedAgain(() => thrown("x")),
    "so is 400": triedAgain(() => thrown("x", {}, 400)),
    "so is 410": triedAgain(() => raw(410, '{"message":"function not found: x"}')),
    "no-retry ends the run at once": async ({ app, expect }) => {
      const run = await app.start(() => thrown("final", final, 400), { retries: 3 });
      expect.like(await run.ended(), { status: "Failed", output: { name: "Error", message: "final" } });
      expect.equal(app.calls.length, 1);
    },
    "only the word true is no-retry": triedAgain(() => thrown("x", { "x-inngest-no-retry": "1" })),
    "a final error of one step's call ends the run": async ({ app, expect }) => {
      const run = await app.start((call) => (call.stepId === "step" ? ops([planned("a"), planned("b")]) : thrown("final", final)));
      expect.like(await run.ended(), { status: "Failed", output: { message: "final" } });
    },
    "what is no SDK's is told with what it sent": async ({ app, expect }) => {
      const { output } = await (await app.start(() => bare(502, "<h1>Bad gateway</h1>"))).ended();
      expect.like(output, { name: "Server returned a fatal error", message: "Your server returned HTTP 502 before the SDK responded." });
      expect.matches(at(output, "stack"), /Bad gateway/);
    },
    "name, message, stack and cause are the error's": fails(
      () => raw(500, JSON.stringify({ name: "TypeError", message: "m", stack: "s", cause: { message: "c" }, __serialized: true })),
      { name: "TypeError", message: "m", stack: "s", cause: { message: "c" } },
    ),
    "an error under error": fails(() => raw(500, '{"error":{"name":"E","message":"inner"}}'), { name: "E", message: "inner" }),
    "an error as text under error": fails(() => raw(500, JSON.stringify({ error: '{"name":"E","message":"inner"}' })), {
      name: "E",
      message: "inner",
    }),
    "an error under body": fails(() => raw(500, JSON.stringify({ body: '{"name":"E","message":"inner"}' })), {
      name: "E",
      message: "inner",
    }),
    "text is the message": fails(() => raw(500, "it broke"), { name: "Error", message: "it broke" }),
    "nothing said is told by the status": async ({ app, expect }) => {
      const { output } = await (await app.start(() => raw(503, "{}"))).ended();
      expect.matches(JSON.stringify(output), /invalid status code: 503/);
    },
  }),
  ...rule("7.6", {
    "progress inside a stream": becomes(
      () => streamed(`   ${JSON.stringify({ status: 206, headers: { "x-inngest-req-version": "2" }, body: progress([stepRun("a", 1)]) })}`),
      { output: "after" },
      2,
    ),
    "a result as text": becomes(() => streamed(JSON.stringify({ status: 200, headers: {}, body: '{"a":1}' })), { output: { a: 1 } }),
    "a result as JSON, headers null": becomes(() => streamed(' {"status":200,"headers":null,"body":{"a":1},"version":2}\n'), {
      output: { a: 1 },
    }),
    "inner headers count": async ({ app, expect }) => {
      const inner = { status: 500, headers: { "x-inngest-no-retry": "true" }, body: '{"name":"E","message":"m"}' };
      const run = await app.start(() => streamed(JSON.stringify(inner)), { retries: 3 });
      expect.like(await run.ended(), { status: "Failed", output: { name: "E" } });
      expect.equal(app.calls.length, 1);
    },
    "Go's noRetry beside the status counts": async ({ app, expect }) => {
      const run = await app.start(() => streamed('{"status":500,"headers":null,"body":{"message":"m"},"noRetry":true}'), { retries: 3 });
      expect.like(await run.ended(), { status: "Failed" });
      expect.equal(app.calls.length, 1);
    },
    "Go's retryAt beside the status counts": async ({ app, expect }) => {
      const after = new Date(Date.now() + 1_200).toISOString();
      const body = { status: 500, headers: null, body: { message: "m" }, retryAt: after };
      const run = await app.start((call) => (call.number === 1 ? streamed(JSON.stringify(body)) : result()), { retries: 1 });
      expect.like(await run.ended(), { status: "Completed" });
      expect.between((await app.call(2)).at, Date.parse(after) - 1, Date.parse(after) + 10_000, "the second call");
    },
    "an error beside the status fails the call": triedAgain(() => streamed('{"error":"it broke"}')),
    "a stream that is no JSON fails the call": triedAgain(() => streamed("   {oops")),
    "201 without an SDK is no stream": triedAgain(() => bare(201, '{"status":200,"body":"1"}')),
    "a stream that is cut fails the call": async ({ app, expect }) => {
      const run = await app.start(() => ({ ...streamed("   "), breaks: "within" }));
      expect.like(await run.ended(), { status: "Failed" });
    },
  }),
  ...rule("7.7", {
    "a connection that ends without an answer fails the call": fails(() => broken("before"), {}),
    "so does one that ends in the middle": fails(() => broken("within"), {}),
    "an address where nobody listens": async ({ app, api, expect }) => {
      const runtime = { type: "http", url: `http://127.0.0.1:9/x?fnId=${app.slug()}&stepId=step` };
      await app.register([{ config: { steps: { step: { id: "step", name: "step", runtime, retries: { attempts: 0 } } } } }]);
      const [eventId = ""] = await api.send({ name: app.event() });
      const { status, output } = await api.ended(eventId);
      expect.equal(status, "Failed");
      expect.ok(String(at(output, "message")).length > 10, "a message that says so");
    },
  }),
  ...rule(
    "7.7",
    {
      "the call is tried again": async ({ app, expect }) => {
        const run = await app.start((call) => (call.number === 1 ? broken("before") : result("after")), { retries: 1 });
        expect.like(await run.ended(), { status: "Completed", output: "after" });
      },
    },
    ["quick_retries"],
  ),
  ...rule("7.9", {
    ...Object.fromEntries(
      [301, 302, 303, 307, 308].map((status) => [
        `${status} is followed with method, body, headers and query`,
        async ({ app, expect }) => {
          const run = await app.start((call) =>
            call.url.pathname === "/elsewhere"
              ? result([call.url.searchParams.get("fnId"), call.stepId, call.headers["x-run-id"] === call.body.ctx.run_id])
              : bare(status, "", { location: "/elsewhere" }),
          );
          expect.equal((await run.ended()).output, [app.slug(), "step", true]);
        },
      ]),
    ),
    "redirects in a circle end": async ({ app, expect }) => {
      expect.like(await (await app.start(() => bare(307, "", { location: "/again" }))).ended(), { status: "Failed" });
      expect.between(app.calls.length, 60, 62, "calls");
    },
  }),
  ...rule("8.12", {
    "RunComplete ends the run with its data as it is": becomes(() => ops([runComplete({ a: 1 })]), {
      status: "Completed",
      output: { a: 1 },
    }),
    "as a single object too": becomes(() => ops(runComplete([1])), { output: [1] }),
    "everything else of the reply is settled first, wherever it stands": async ({ app, api, expect }) => {
      const run = await (await app.start(() => ops([runComplete("end"), stepRun("a", 1), stepRun("b", 2)]))).ended();
      expect.like(run, { status: "Completed", output: "end" });
      const trace = await api.get(`/api/v1/runs/${run.run_id}/trace`);
      const spans = at(trace.json, "data", "spans") as readonly object[];
      expect.like(
        spans.slice(1).map((span) => at(span, "status")),
        ["completed", "completed"],
      );
    },
    "a step error with its id is an ordinary one: saved, and the function asked again": async ({ app, expect }) => {
      const run = await app.start((call) => {
        const memo = call.body.steps[idOf("complete")];
        return memo === undefined
          ? ops([anyOp("StepFailed", "complete", { error: { name: "E", message: "m" } })])
          : result(at(memo, "error", "message"));
      });
      expect.like(await run.ended(), { status: "Completed", output: "m" });
    },
  }),
];
