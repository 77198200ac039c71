import { readFileSync, writeFileSync } from "node:fs";
import type { Stepwell, StepwellFunction } from "stepwell";
import { describe, expect, test, vi } from "vitest";
import { createEngine, openReader } from "../src/index.ts";
import { app, bench, databaseFile } from "./bench.ts";

const storeAt = (file: string) => ({ file, synchronous: "off", reader: "inline" }) as const;
const echo = (client: Stepwell, output: string, id = "echo"): StepwellFunction =>
  client.createFunction({ id }, { event: "go" }, () => output) as StepwellFunction;

describe("stopping", () => {
  test("`await using` stops the engine, and the file is free again", async () => {
    const file = databaseFile();
    const client = app();
    {
      await using engine = await createEngine({ functions: [echo(client, "a")], store: storeAt(file) });
      const { runId } = await engine.invoke("shop-echo");
      expect(await engine.result(runId)).toMatchObject({ output: "a" });
    }
    await expect(client.send({ name: "go" })).rejects.toMatchObject({ code: "engine_stopped" });
    await using again = await createEngine({ functions: [], store: storeAt(file) });
    expect(await again.runs.list()).toHaveLength(1);
  });

  test("twice is one stop; whoever waits for a run is told, and nothing is taken any more", async () => {
    const client = app();
    const hanging = client.createFunction({ id: "hanging" }, { event: "go" }, () => new Promise(() => undefined));
    const { engine } = await bench([hanging]);
    const { runId } = await engine.invoke(hanging);
    const waiting = engine.result(runId).catch((error: unknown) => error);
    await Promise.all([engine.stop({ graceMs: 0 }), engine.stop({ graceMs: 0 })]);
    expect(await waiting).toMatchObject({ code: "engine_stopped" });
    await expect(engine.send({ name: "go" })).rejects.toMatchObject({
      code: "engine_stopped",
      advice: expect.stringContaining("createEngine"),
    });
    await expect(engine.invoke(hanging)).rejects.toMatchObject({ code: "engine_stopped" });
    await expect(engine.cancel(runId)).rejects.toMatchObject({ code: "engine_stopped" });
  });

  test.each(["inline", "worker"] as const)("whoever asks while it stops, or afterwards, is told (reports read by %s)", async (reader) => {
    const unheard: unknown[] = [];
    const onUnheard = (error: unknown): void => void unheard.push(error);
    process.on("unhandledRejection", onUnheard);
    try {
      const client = app();
      const slow = client.createFunction({ id: "slow" }, { event: "go" }, ({ step }) => step.sleep("nap", "1h"));
      const engine = await createEngine({ functions: [slow], store: { ...storeAt(databaseFile()), reader } });
      const { runId } = await engine.invoke(slow);
      await engine.runs.get(runId);
      // It is still looking for the run when the engine stops.
      const told = expect(engine.result(runId)).rejects.toMatchObject({ code: "engine_stopped" });
      await engine.stop();
      await told;
      const asked = await Promise.allSettled([engine.runs.list(), engine.runs.get(runId), engine.runs.steps(runId), engine.result(runId)]);
      const refused = { status: "rejected", reason: { code: "engine_stopped" } };
      expect(asked).toMatchObject([refused, refused, refused, refused]);
      expect(unheard).toEqual([]);
    } finally {
      process.off("unhandledRejection", onUnheard);
    }
  });

  test("code that goes on after the stop has no effect, and the run goes on when the file is opened again", async () => {
    const file = databaseFile();
    const client = app();
    const gate = Promise.withResolvers<void>();
    const after = Promise.withResolvers<void>();
    const runs: string[] = [];
    const slow = client.createFunction({ id: "slow" }, { event: "go" }, async ({ step }) => {
      await step.run("first", () => runs.push("first"));
      await step.run("second", async () => {
        runs.push("second");
        await gate.promise;
        queueMicrotask(after.resolve);
      });
      return "over";
    });
    const engine = await createEngine({ functions: [slow], store: storeAt(file) });
    const { runId } = await engine.invoke(slow);
    while (!runs.includes("second")) await new Promise((resolve) => setImmediate(resolve));
    await engine.stop({ graceMs: 0 });
    gate.resolve();
    await after.promise;
    await using again = await createEngine({ functions: [slow], store: storeAt(file) });
    expect(await again.result(runId)).toMatchObject({ status: "completed", output: "over" });
    expect(runs).toEqual(["first", "second", "second"]);
  });

  test("leaves no timer of its care for what may have ended the process before", async () => {
    const file = databaseFile();
    const client = app();
    const hanging = client.createFunction({ id: "hanging" }, { event: "go" }, () => new Promise(() => undefined));
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const counts: number[] = [];
    for (let nth = 0; nth < 3; nth += 1) {
      const engine = await createEngine({ functions: [hanging], store: storeAt(file) });
      if (nth === 0) await engine.invoke(hanging);
      await vi.waitFor(async () => expect((await engine.runs.list())[0]?.status).toBe("running"));
      await engine.stop({ graceMs: 0 });
      counts.push(timers());
    }
    expect(counts[2]).toBe(counts[0]);
  });

  test("a run that is under way is cancelled", async () => {
    const client = app();
    const sleeping = client.createFunction({ id: "sleeping" }, { event: "go" }, ({ step }) => step.sleep("long", "1d"));
    const { engine } = await bench([sleeping]);
    const { runId } = await engine.invoke(sleeping);
    await engine.cancel(runId);
    expect(await engine.result(runId)).toMatchObject({ status: "cancelled", cancelReason: "cancelled by the application" });
    await expect(engine.cancel(runId)).rejects.toMatchObject({ code: "run_already_ended" });
    await expect(engine.cancel("nonsense")).rejects.toMatchObject({ code: "run_not_found" });
    await expect(engine.result("nonsense")).rejects.toMatchObject({ code: "run_not_found" });
  });
});

test("options that there are not are refused, and nothing is opened", async () => {
  const store = storeAt(databaseFile());
  const wrong = [{ callMaxMs: 5 }, { store: { ...store, syncronous: "off" } }, { retention: { runMs: 5 } }, { colour: "blue" }];
  const sentences = [
    /^createEngine has no option "callMaxMs"\. It has functions, /,
    /^store of createEngine has no option "syncronous"\. Did you mean "synchronous"\?$/,
    /^retention of createEngine has no option "runMs"\. Did you mean "runsMs"\?$/,
    /^createEngine has no option "colour"/,
  ];
  for (const [nth, options] of wrong.entries())
    await expect(createEngine({ functions: [], store, ...options } as never)).rejects.toMatchObject({
      code: "option_unknown",
      message: expect.stringMatching(sentences[nth] ?? /never/),
    });
  await using engine = await createEngine({ functions: [], store });
  expect(await engine.runs.list()).toEqual([]);
});

describe("a hot reload", () => {
  test("listens to signals once, and leaves none behind", async () => {
    const before = process.listenerCount("SIGTERM");
    const files = [databaseFile(), databaseFile()];
    const open = (file: string | undefined = "") => createEngine({ functions: [], store: storeAt(file), stopsOnSignals: true });
    await open(files[0]);
    const [one, other] = [await open(files[0]), await open(files[1])];
    expect(process.listenerCount("SIGTERM")).toBe(before + 1);
    await one.stop();
    expect(process.listenerCount("SIGTERM")).toBe(before + 1);
    await other.stop();
    expect(process.listenerCount("SIGTERM")).toBe(before);
  });

  test("opens no second engine: the new code runs, runs of the old one go on in it", async () => {
    const file = databaseFile();
    const [before, after] = [app(), app()];
    const nap = (client: Stepwell, output: string) =>
      client.createFunction({ id: "nap" }, { event: "nap" }, async ({ step }) => {
        await step.sleep("short", 60);
        return output;
      }) as StepwellFunction;
    const first = await createEngine({ functions: [echo(before, "old"), nap(before, "old")], store: storeAt(file) });
    const { runId: napping } = await first.invoke("shop-nap");
    const second = await createEngine({ functions: [echo(after, "new"), nap(after, "new")], store: storeAt(file) });
    expect(second.engine).toBe(first.engine);
    for (const engine of [first, second]) {
      const { runId } = await engine.invoke("shop-echo");
      expect(await engine.result(runId)).toMatchObject({ output: "new" });
    }
    expect(await second.result(napping)).toMatchObject({ status: "completed", output: "new" });
    // The old module's clean-up may come late: it stops nothing.
    await first.stop();
    const { ids } = await after.send({ name: "go" });
    expect(ids).toHaveLength(1);
    await second.stop();
    await expect(first.send({ name: "go" })).rejects.toMatchObject({ code: "engine_stopped" });
  });

  test("two that come at once share one engine, and links to a file lead to it", async () => {
    const file = databaseFile();
    const { symlinkSync } = await import("node:fs");
    const [one, other] = await Promise.all([
      createEngine({ functions: [echo(app("one"), "1")], store: storeAt(file) }),
      createEngine({ functions: [echo(app("other"), "2")], store: storeAt(file) }),
    ]);
    symlinkSync(file, `${file}-link`);
    const third = await createEngine({ functions: [echo(app("third"), "3")], store: storeAt(`${file}-link`) });
    expect(new Set([one.engine, other.engine, third.engine]).size).toBe(1);
    expect(third.engine.functions().map(({ slug }) => slug)).toEqual(["one-echo", "other-echo", "third-echo"]);
    await third.stop();
  });

  test("code that cannot run leaves the old one in place", async () => {
    const file = databaseFile();
    const client = app();
    const { engine } = await bench([echo(client, "old")], { store: storeAt(file) });
    const broken = app().createFunction({ id: "echo" }, { cron: "every now and then" }, () => "new") as StepwellFunction;
    await expect(createEngine({ functions: [broken], store: storeAt(file) })).rejects.toMatchObject({ code: "schedule_invalid" });
    const { runId } = await engine.invoke("shop-echo");
    expect(await engine.result(runId)).toMatchObject({ output: "old" });
  });
});

describe("what cannot be opened", () => {
  test.each<readonly [string, () => readonly StepwellFunction[], object]>([
    [
      "two functions of one id",
      () => {
        const client = app();
        return [echo(client, "a"), echo(client, "b")];
      },
      { code: "function_id_duplicate", message: expect.stringContaining("echo") },
    ],
    [
      "a trigger that is none",
      () => [app().createFunction({ id: "f" }, { event: "" }, () => 1) as StepwellFunction],
      { code: "trigger_invalid", message: expect.stringContaining("shop-f") },
    ],
    [
      "an option that is none",
      () => [app().createFunction({ id: "f", concurrency: -1 }, { event: "go" }, () => 1) as StepwellFunction],
      { code: "concurrency_limit_invalid", advice: expect.any(String) },
    ],
    [
      "a condition that is none",
      () => [app().createFunction({ id: "f" }, { event: "go", if: "event.data.x ==" }, () => 1) as StepwellFunction],
      { code: "expression_invalid" },
    ],
  ])("%s is refused by name, and nothing is left open", async (_, functions, refusal) => {
    const file = databaseFile();
    const attempt = async () => createEngine({ functions: functions(), store: storeAt(file) });
    await expect(attempt()).rejects.toMatchObject(refusal);
    await using engine = await createEngine({ functions: [echo(app(), "fine")], store: storeAt(file) });
    const { runId } = await engine.invoke("shop-echo");
    expect(await engine.result(runId)).toMatchObject({ output: "fine" });
  });

  test("events and starts that are wrong are refused as a server refuses them, and nothing is stored", async () => {
    const { engine } = await bench([echo(app(), "a")]);
    await expect(engine.send({ name: "" })).rejects.toMatchObject({ code: "invalid_event" });
    await expect(engine.send([{ name: "go" }, { name: "stepwell/own" }])).rejects.toMatchObject({ code: "event_name_reserved" });
    await expect(engine.send({ name: "go", data: { big: "x".repeat(4_000_000) } })).rejects.toMatchObject({ code: "event_too_large" });
    await expect(engine.invoke("shop-nobody")).rejects.toMatchObject({ code: "function_not_found" });
    await expect(engine.runs.list({ limit: 0 })).rejects.toMatchObject({ code: "invalid_request" });
    expect(await engine.send([])).toEqual({ ids: [] });
    expect(await engine.runs.list()).toEqual([]);
  });
});

describe("a promise that never settles", () => {
  test("ends its call when the limit passes, naming the open step", async () => {
    const client = app();
    const hanging = client.createFunction({ id: "hanging", retries: 0 }, { event: "go" }, ({ step }) =>
      step.run("charge", () => new Promise(() => undefined)),
    );
    const { run } = await bench([hanging], { callMsMax: 500 });
    const [ended] = await run("go");
    expect(ended).toMatchObject({ status: "failed", error: { code: "request_duration_too_long" } });
    expect(ended?.error?.message).toMatch(/shop-hanging.*500ms.*"charge"/);
  });
});

describe("a database that is none is refused, and by name", () => {
  const noDatabase = (): string => {
    const file = databaseFile();
    writeFileSync(file, "These are notes, and no database. ".repeat(200));
    return file;
  };

  test("a file of something else, which stays as it was", async () => {
    const file = noDatabase();
    const before = readFileSync(file);
    const refusal = { code: "database_invalid", message: expect.stringContaining(file), advice: expect.any(String) };
    await expect(createEngine({ functions: [], store: storeAt(file) })).rejects.toMatchObject(refusal);
    expect(() => openReader({ store: file })).toThrow(expect.objectContaining(refusal));
    expect(readFileSync(file)).toEqual(before);
  });

  test.each([undefined, "", 5, {}, { file: "" }, ":memory:", { file: ":memory:" }])("%j", async (store) => {
    const refusal = { code: "invalid_request", message: expect.stringMatching(/^createEngine (needs `store`|has its database in a file)/) };
    await expect(createEngine({ functions: [], store: store as never })).rejects.toMatchObject(refusal);
    expect(() => openReader({ store: store as never })).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });

  test.each([undefined, null, () => 1, {}])("a function that is %j", async (wrong) => {
    await expect(createEngine({ functions: [echo(app(), "a"), wrong as never], store: databaseFile() })).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringMatching(/^functions\[1\] is .*, and not what createFunction made$/),
    });
  });

  test("no options, and no functions", async () => {
    await expect(createEngine(undefined as never)).rejects.toMatchObject({ code: "invalid_request" });
    await expect(createEngine({ store: databaseFile() } as never)).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining("`functions`"),
    });
  });
});
