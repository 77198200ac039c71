import { createEngine } from "@stepwell/embedded";
import { Stepwell } from "stepwell";

const app = new Stepwell({ id: "shop" });

export const greet = app.createFunction(
  { id: "greet", triggers: { event: "user/created" } },
  async ({ event, step }) => step.run("say", () => `hello, ${event.data.name}`),
);

export async function greetOnce(file: string): Promise<unknown> {
  await using engine = await createEngine({ functions: [greet], store: file });
  const { runId } = await engine.invoke(greet, { data: { name: "Ada" } });
  const run = await engine.result(runId);
  return run.output;
}
