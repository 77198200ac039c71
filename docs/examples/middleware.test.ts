import { readFileSync } from "node:fs";
import { createTestEngine } from "@stepwell/testing";
import { Middleware, Stepwell } from "stepwell";
import { beforeEach, expect, test } from "vitest";
import { letter, stepwell as post } from "./middleware/encryption.ts";
import { thank } from "./middleware/injection.ts";
import { after, before, ending, learning } from "./middleware/new-key.ts";
import { audit } from "./middleware/tenants.ts";
import { pack, took } from "./middleware/timing.ts";
import { done } from "./services.ts";
import { world } from "./world.ts";

beforeEach(() => {
  done.length = 0;
});

const paid = { name: "shop/order.paid", data: { order: "A-1", user: "ada" } };

test("a class goes around steps", async () => {
  const { send } = await world([pack]);
  await send(paid);
  expect(done).toEqual(["wrap A-1"]);
  expect(took.get("wrap")).toBeGreaterThan(0);
});

test("a key is changed, and encryption taken back, without a run that cannot be read", async () => {
  const secret = { order: "A-1", private: { address: "1 Main Street" } };
  const told: string[] = [];
  const letterOf = (client: typeof before, step2: string) =>
    client.createFunction(
      { id: "letter", triggers: { event: "letter/written" } },
      async ({ event, step }) => {
        await step.run("read", () => event.data.private.address);
        await step.sleep("night", "1d");
        told.push(`${step2} ${await step.run(step2, () => event.data.private.address)}`);
      },
    );
  for (const [old, next] of [
    [before, learning],
    [learning, after],
    [before, after],
    [after, ending],
  ] as const) {
    await using t = await createTestEngine({ functions: [letterOf(old, "before")] });
    await t.send({ name: "letter/written", data: secret });
    await t.assert.notSent("letter/written", { private: secret.private });
    const changed = letterOf(next, "after");
    await t.deploy([changed]);
    await t.advance("1d");
    await t.assert.completed(changed);
  }
  expect(told).toEqual(Array(4).fill("after 1 Main Street"));
});

test("what is injected is in the context", async () => {
  const { send } = await world([thank]);
  await send(paid);
  expect(done).toEqual(["mail ada: Thank you"]);
});

test("events that a function sends are changed", async () => {
  const { send, engine } = await world([audit]);
  await send(paid);
  await engine.assert.sent("audit/written", { order: "A-1", tenant: "acme" });
});

test("what is secret is stored encrypted", async () => {
  const { engine, advance } = await world([letter]);
  await post.send({ name: "letter/written", data: { encrypted: { address: "Lovelace Road" } } });
  await advance("0s");
  expect(done).toEqual(["letter to Lovelace Road"]);
  const [run] = await engine.runs(letter);
  expect(run).toMatchObject({ status: "completed", steps: [{ name: "send" }] });
  const stored = JSON.stringify([await engine.events("letter/written"), run]);
  expect(stored).not.toContain("Lovelace");
});

test("hooks are called in the order of the page", async () => {
  const page = readFileSync(new URL("../middleware.md", import.meta.url), "utf8");
  const [ofCalls = "", ofEvents = ""] = page.split("And for events that are sent");
  const inPage = (text: string) =>
    [...text.matchAll(/^\| (`.+?) \|/gm)].flatMap(([, names = ""]) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name),
    );
  const called: string[] = [];
  class Recorder extends Middleware.BaseMiddleware {
    readonly id = "recorder";
  }
  for (const name of [...inPage(ofCalls), ...inPage(ofEvents)])
    Object.defineProperty(Recorder.prototype, name, {
      value: (args: { next?: () => Promise<unknown> }) => {
        called.push(name);
        return args.next === undefined ? args : args.next();
      },
    });
  const client = new Stepwell({ id: "shop", middleware: [Recorder] });
  const works = client.createFunction({ id: "works" }, { event: "go" }, ({ step }) =>
    step.run("work", () => 1),
  );
  const fails = client.createFunction({ id: "fails", retries: 0 }, { event: "stop" }, ({ step }) =>
    step.run("fail", () => Promise.reject(new Error("no"))),
  );
  const { send } = await world([works, fails]);
  await send({ name: "go" });
  const failures = ["onStepError", "onRunError"];
  const expected = [...inPage(ofEvents), ...inPage(ofCalls)].filter(
    (name) => !failures.includes(name),
  );
  expect([...new Set(called)]).toEqual(expected);
  called.length = 0;
  await send({ name: "stop" });
  expect(called).toContain("onStepError");
  expect(called).toContain("onRunError");
  called.length = 0;
  await client.send({ name: "nothing" });
  expect(called).toEqual(inPage(ofEvents));
});
