import { eventLine, packageImport, type Template } from "./template.ts";

export const fanOut: Template = {
  about: "one run that starts many, each with its own retries",
  functions: ({ variable }) => [variable, `${variable}Item`],
  data: "{}",
  text: ({ id, variable, event: name, isTypeScript }) => `${packageImport(isTypeScript)}
import { client } from "../client";

${eventLine(`${variable}Requested`, name, "{ limit?: number }", isTypeScript)}
${eventLine(`${variable}ItemFound`, `${name}.item`, "{ itemId: string }", isTypeScript)}

/** Finds what is to be done, and sends an event for each. */
export const ${variable} = client.createFunction({ id: "${id}", triggers: [${variable}Requested] }, async ({ event, step }) => {
  const itemIds = await step.run("find-items", () => ["a", "b", "c"].slice(0, event.data.limit ?? 3));
  await step.sendEvent(
    "fan-out",
    itemIds.map((itemId) => ${variable}ItemFound.create({ itemId })),
  );
  return { items: itemIds.length };
});

/** Does one of them; ten at once at most. */
export const ${variable}Item = client.createFunction(
  { id: "${id}-item", triggers: [${variable}ItemFound], concurrency: 10 },
  async ({ event, step }) => {
    return step.run("handle-item", () => ({ itemId: event.data.itemId, done: true }));
  },
);
`,
};
