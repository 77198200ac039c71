// Functions that run while server and apps are killed. Each step leaves a line in a file when its code ran, and returns
// something nobody can guess, so that what was recorded can be told from what was done again.

import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import type { WaitingFunction, WaitingInput } from "./waiting-cases.ts";

/** `<run> <step> <value>`: what the app did, over all lives of its process. */
function done(input: WaitingInput, step: string): string {
  const value = randomUUID();
  appendFileSync(process.env["DONE_FILE"] ?? "/dev/null", `${input.runId} ${step} ${value}\n`);
  return value;
}

const app = process.env["APP_ID"] ?? "killed";

/** Of a function its name in the events, and the steps each of its runs must have done. */
export const killedSteps: Readonly<Record<string, readonly string[]>> = {
  chain: ["a", "b", "c", "d", "e"],
  parallel: ["p0", "p1", "p2", "p3", "p4", "last"],
  naps: ["before", "after"],
  retries: ["flaky"],
  waits: ["before", "after"],
  signals: ["after"],
  invokes: ["before"],
  child: ["in-child"],
};

const functions: readonly WaitingFunction[] = [
  {
    name: "chain",
    handler: async (input) => {
      const values: string[] = [];
      for (const id of ["a", "b", "c", "d", "e"]) values.push(await input.step.run(id, () => done(input, id)));
      return values;
    },
  },
  {
    name: "parallel",
    handler: async (input) => {
      const values = await Promise.all([0, 1, 2, 3, 4].map((i) => input.step.run(`p${i}`, () => done(input, `p${i}`))));
      return [...values, await input.step.run("last", () => done(input, "last"))];
    },
  },
  {
    name: "naps",
    handler: async (input) => {
      const before = await input.step.run("before", () => done(input, "before"));
      await input.step.sleep("nap", "1s");
      return [before, await input.step.run("after", () => done(input, "after"))];
    },
  },
  {
    name: "retries",
    handler: async (input) => [
      await input.step.run("flaky", () => {
        if (input.attempt < 2) throw new Error("not yet");
        return done(input, "flaky");
      }),
    ],
  },
  {
    name: "waits",
    handler: async (input) => {
      const before = await input.step.run("before", () => done(input, "before"));
      const got = await input.step.waitForEvent("w", { event: `${app}/go`, match: "data.key", timeout: "120s" });
      const after = await input.step.run("after", () => done(input, "after"));
      return [before, got?.data["key"] === input.event.data["key"] ? after : "timed out"];
    },
  },
  {
    name: "signals",
    handler: async (input) => {
      const got = await input.step.waitForSignal("s", { signal: `${app} ${String(input.event.data["key"])}`, timeout: "120s" });
      const after = await input.step.run("after", () => done(input, "after"));
      return [got === null ? "timed out" : after];
    },
  },
  {
    name: "invokes",
    handler: async (input) => {
      const before = await input.step.run("before", () => done(input, "before"));
      const [child] = (await input.step.invoke("call", { function: input.functionOf("child"), data: {} })) as unknown as string[];
      return [before, ...(typeof child === "string" ? [] : ["no child"])];
    },
  },
  {
    name: "child",
    triggers: [],
    handler: async (input) => [await input.step.run("in-child", () => done(input, "in-child"))],
  },
  {
    name: "stops",
    options: { cancelOn: [{ event: `${app}/stop`, match: "data.key" }] },
    handler: ({ step }) => step.sleep("long", "1h"),
  },
];

/** Apps are down for a while, so attempts must outlast that. */
export const killedFunctions: readonly WaitingFunction[] = functions.map((each) => ({
  triggers: [{ event: `${app}/${each.name}` }],
  ...each,
  options: { retries: 20, ...each.options },
}));
