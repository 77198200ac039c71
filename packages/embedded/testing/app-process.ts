// An application with an engine in it, as a process of its own: `app-process.ts <file> <what>`. It prints a line for each
// thing that happened.

import { setTimeout as sleep } from "node:timers/promises";
import { Stepwell } from "stepwell";
import { createEngine } from "../src/index.ts";

const [file = "", what = "run"] = process.argv.slice(2);
const tell = (line: string): boolean => process.stdout.write(`${line}\n`);
const client = new Stepwell({ id: "shop" });
const steps = client.createFunction({ id: "steps" }, { event: "go" }, async ({ step }) => {
  await step.run("first", () => tell("first"));
  await step.run("second", async () => {
    tell("second");
    if (what === "hang") await sleep(60_000);
    if (what === "slow" || what === "reloaded") await sleep(400);
    tell("second done");
  });
  return step.run("third", () => tell("third"));
});

try {
  const open = () => createEngine({ functions: [steps], store: { file, reader: "inline" }, stopsOnSignals: what !== "hang" });
  let engine = await open();
  if (what === "reloaded") engine = await open();
  tell("open");
  if (what !== "wait") await engine.send({ name: "go", id: "once" });
} catch (error) {
  tell(
    JSON.stringify({
      code: (error as { code?: string }).code,
      message: (error as Error).message,
      advice: (error as { advice?: string }).advice,
    }),
  );
}
