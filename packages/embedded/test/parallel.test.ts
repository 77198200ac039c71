import { Middleware, RetryAfterError, Stepwell } from "stepwell";
import { describe, expect, test } from "vitest";
import { app, bench } from "./bench.ts";

const names = Array.from({ length: 40 }, (_, nth) => `p${nth}`);

describe("parallel steps", () => {
  test("run in the execution that planned them: the function is entered once", async () => {
    const client = app();
    let entered = 0;
    const fan = client.createFunction({ id: "fan" }, { event: "go" }, async ({ step }) => {
      entered += 1;
      const first = await Promise.all(names.map((name) => step.run(name, () => name)));
      const second = await Promise.all(names.map((name) => step.run(`again ${name}`, () => first.length)));
      return step.run("last", () => second.length + entered);
    });
    const { run } = await bench([fan]);
    expect(await run("go")).toMatchObject([{ status: "completed", output: names.length + 1 }]);
  });

  test("one that fails is tried again, with its attempt told, and the others keep their results", async () => {
    const client = app();
    const ran: string[] = [];
    const fan = client.createFunction({ id: "fan" }, { event: "go" }, async ({ step, attempt }) => {
      const all = await Promise.all(
        ["a", "b", "c"].map((name) =>
          step.run(name, () => {
            ran.push(`${name} ${attempt}`);
            if (name === "b" && attempt === 0) throw new RetryAfterError("once", 5);
            return name;
          }),
        ),
      );
      return all.join("");
    });
    const { run } = await bench([fan]);
    expect(await run("go")).toMatchObject([{ status: "completed", output: "abc" }]);
    expect(ran.toSorted()).toEqual(["a 0", "b 0", "b 1", "c 0"]);
  });

  test("one that fails for good is caught where the function catches it", async () => {
    const client = app();
    const fan = client.createFunction({ id: "fan", retries: 0 }, { event: "go" }, async ({ step }) => {
      const results = await Promise.allSettled([
        step.run("good", () => 1),
        step.run("bad", (): number => {
          throw new TypeError("bad");
        }),
      ]);
      return results.map((result) => (result.status === "fulfilled" ? result.value : (result.reason as Error).message));
    });
    const { run } = await bench([fan]);
    expect(await run("go")).toMatchObject([{ status: "completed", output: [1, "bad"] }]);
  });

  test("beside sleeps, waits and steps that come after them", async () => {
    const client = app();
    let entered = 0;
    const mixed = client.createFunction({ id: "mixed" }, { event: "go" }, async ({ step }) => {
      entered += 1;
      const branch = async (name: string): Promise<string> => {
        const one = await step.run(`${name} one`, () => name);
        await step.sleep(`${name} nap`, 10);
        return step.run(`${name} two`, () => `${one}!`);
      };
      return Promise.all([branch("a"), branch("b"), step.waitForEvent("never", { event: "never", timeout: 50 })]);
    });
    const { run } = await bench([mixed]);
    expect(await run("go")).toMatchObject([{ status: "completed", output: ["a!", "b!", null] }]);
    expect(entered).toBeGreaterThan(0);
  });

  test("code that goes on by itself while its steps run is replayed, and no step of it runs twice", async () => {
    const client = app();
    const ran: string[] = [];
    const own = client.createFunction({ id: "own" }, { event: "go" }, async ({ step }) => {
      const mark = (name: string) => () => {
        ran.push(name);
        return new Promise<string>((resolve) => setTimeout(() => resolve(name), 30));
      };
      const late = new Promise((resolve) => setTimeout(resolve, 10)).then(() => step.run("late", mark("late")));
      return Promise.all([step.run("a", mark("a")), step.run("b", mark("b")), late]);
    });
    const { run } = await bench([own]);
    expect(await run("go")).toMatchObject([{ status: "completed", output: ["a", "b", "late"] }]);
    expect(ran.toSorted()).toEqual(["a", "b", "late"]);
  });

  test("with middleware, every call of which is told, are replayed", async () => {
    let calls = 0;
    class Counting extends Middleware.BaseMiddleware {
      readonly id = "counting";
      override async wrapFunctionHandler({ next }: Parameters<NonNullable<Middleware.BaseMiddleware["wrapFunctionHandler"]>>[0]) {
        calls += 1;
        return next();
      }
    }
    const client = new Stepwell({ id: "shop", middleware: [Counting] });
    const fan = client.createFunction({ id: "fan" }, { event: "go" }, ({ step }) =>
      Promise.all(["a", "b"].map((name) => step.run(name, () => name))),
    );
    const { run } = await bench([fan]);
    expect(await run("go")).toMatchObject([{ output: ["a", "b"] }]);
    expect(calls).toBe(4);
  });
});
