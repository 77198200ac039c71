import { expect, test } from "vitest";
import { callOnce, onlyOp } from "../../test/call-once.ts";
import { engineWorld } from "../../test/engine-world.ts";
import { setTransport } from "../client/client-transport.ts";
import { Stepwell } from "../index.ts";
import { encryptionMiddleware } from "./encryption.ts";

const seenBy = (middleware: ReturnType<typeof encryptionMiddleware>) => new Stepwell({ id: "app", middleware: [middleware] });

test("the server sees nothing of results and secrets, the function everything", async () => {
  const app = seenBy(encryptionMiddleware({ key: "k1" }));
  const seen: unknown[] = [];
  const keeps = app.createFunction({ id: "keeps", triggers: { event: "go" } }, async ({ event, step }) => {
    seen.push(event.data, await step.run("secret", () => ({ pin: 1234, at: new Date(0) })));
    await step.sleep("nap", "1s");
    return { pin: 1234 };
  });
  const world = await engineWorld(app, [keeps]);
  const id = await world.send({ name: "go", data: { open: 1, encrypted: { card: "4242" } } });
  const run = await world.runOf(id);
  expect(seen).toStrictEqual(
    Array.from({ length: 2 }, () => [
      { open: 1, encrypted: { card: "4242" } },
      { pin: 1234, at: new Date(0) },
    ]).flat(),
  );
  const stored = JSON.stringify([run.output, world.calls.map(({ call, reply }) => [call.events, [...call.memos], reply])]);
  expect(stored).not.toMatch(/1234|4242/);
  expect(stored).toContain('open\\":1');
});

test("keys of before still read; a key that fits nothing fails the call", async () => {
  const before = seenBy(encryptionMiddleware({ key: "old" }));
  const define = (app: Stepwell) => app.createFunction({ id: "f", triggers: { event: "go" } }, ({ step }) => step.run("a", () => "secret"));
  const sealed = onlyOp(await callOnce(before, define(before), { hooks: { runAhead: false } })) as { readonly data: string };
  const memos = { a: { data: JSON.parse(sealed.data) as unknown } };
  const rotated = seenBy(encryptionMiddleware({ key: "new", fallbackDecryptionKeys: ["old"], decryptOnly: true }));
  expect(await callOnce(rotated, define(rotated), { memos })).toMatchObject({ kind: "result", data: '"secret"' });
  const wrong = seenBy(encryptionMiddleware({ key: "other" }));
  expect(await callOnce(wrong, define(wrong), { memos })).toMatchObject({
    kind: "error",
    error: { message: expect.stringContaining("none of the keys") },
  });
});

test("an event that is waited for is read as well", async () => {
  const app = seenBy(encryptionMiddleware({ key: "k" }));
  const sent: { readonly data?: unknown }[] = [];
  setTransport(app, {
    sendEvents: async (events) => {
      sent.push(...events);
      return { ids: [] };
    },
    sendSignal: async () => ({ runId: undefined }),
  });
  await app.send({ name: "paid", data: { encrypted: "4242" } });
  const fn = app.createFunction({ id: "f", triggers: { event: "go" } }, async ({ step }) => {
    const paid = await step.waitForEvent("w", { event: "paid", timeout: "1h" });
    return paid?.data.encrypted === "4242";
  });
  const memos = { w: { name: "paid", id: "e", ts: 1, data: sent[0]?.data } };
  const reply = await callOnce(app, fn, { memos });
  const opened = seenBy(encryptionMiddleware({ key: "k" }));
  const check = opened.createFunction({ id: "f", triggers: { event: "go" } }, ({ step }) => step.run("r", () => 1));
  expect(
    await callOnce(opened, check, { memos: { r: { data: reply.kind === "result" ? JSON.parse(reply.data) : undefined } } }),
  ).toMatchObject({ kind: "result" });
  expect(JSON.stringify(sent)).not.toContain("4242");
});

test("what a failure handler and a listener are told of a run is read as well", async () => {
  const app = seenBy(encryptionMiddleware({ key: "k" }));
  const seen: unknown[] = [];
  const tell = ({ event }: { readonly event: { readonly data: { readonly event: { readonly data: unknown } } } }) =>
    void seen.push(event.data.event.data);
  const data = { open: 1, encrypted: { card: "4242" } };
  const fails = app.createFunction({ id: "fails", retries: 0, triggers: { event: "go" }, onFailure: tell }, () => {
    throw new Error("no");
  });
  const listens = app.createFunction({ id: "listens", triggers: { event: "inngest/function.finished" } }, ({ event }) => {
    seen.push([event.data.function_id, event.data.event.data, event.data.events[0].data, event.data.result]);
  });
  const succeeds = app.createFunction({ id: "succeeds", triggers: { event: "fine" } }, () => ({ pin: 1234 }));
  const world = await engineWorld(app, [fails, listens, succeeds]);
  await world.runOf(await world.send({ name: "fine", data }));
  expect(seen).toEqual([["app-succeeds", data, data, { pin: 1234 }]]);
  seen.length = 0;
  await world.runOf(await world.send({ name: "go", data }));
  expect(seen).toContainEqual(data);
  expect(JSON.stringify(seen)).not.toContain("~stepwell");
});

test("what an error carries is not stored where results are sealed; its message is", async () => {
  const app = seenBy(encryptionMiddleware({ key: "k" }));
  const leak = () =>
    Promise.reject(Object.assign(new Error("declined", { cause: Object.assign(new Error("deep"), { card: "4242" }) }), { card: "4242" }));
  const fails = app.createFunction({ id: "fails", retries: 0, triggers: { event: "go" } }, ({ step }) => step.run("pay", leak));
  const reply = await callOnce(app, fails, { maxAttempts: 1 });
  expect(JSON.stringify(reply)).toContain("declined");
  expect(JSON.stringify(reply)).not.toContain("4242");
});

test("what a run is invoked with is sealed as an event's data is", async () => {
  const app = seenBy(encryptionMiddleware({ key: "k" }));
  const data = { open: 1, encrypted: { card: "4242" } };
  const seen: unknown[] = [];
  const child = app.createFunction({ id: "child" }, ({ event }) => void seen.push(event.data));
  const parent = app.createFunction({ id: "parent", triggers: { event: "go" } }, ({ step }) =>
    step.invoke("call", { function: child, data }),
  );
  const world = await engineWorld(app, [parent, child]);
  expect(await world.runOf(await world.send({ name: "go" }))).toMatchObject({ status: "completed" });
  expect(seen).toMatchObject([data]);
  const stored = JSON.stringify(world.calls.map(({ call, reply }) => [call.events, [...call.memos], reply]));
  expect(stored).not.toContain("4242");
  expect(stored).toContain('open\\":1');
});
