import { eventLine, packageImport, type Template } from "./template.ts";

export const batch: Template = {
  about: "one run for many events",
  functions: ({ variable }) => [variable],
  data: '{"rowId":"r-1"}',
  text: ({ id, variable, event: name, isTypeScript }) => `${packageImport(isTypeScript)}
import { client } from "../client";

${eventLine(`${variable}Added`, name, "{ rowId: string }", isTypeScript)}

// One run for a hundred events, or for as many as have come five seconds after the first.
export const ${variable} = client.createFunction(
  { id: "${id}", triggers: [${variable}Added], batchEvents: { maxSize: 100, timeout: "5s" } },
  async ({ events, step }) => {
    const rowIds = events.map((event) => event.data.rowId);
    return step.run("write-rows", () => ({ written: rowIds.length }));
  },
);
`,
};
