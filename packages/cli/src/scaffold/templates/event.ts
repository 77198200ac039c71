import { eventLine, packageImport, type Template } from "./template.ts";

export const event: Template = {
  about: "started by an event, a step at a time",
  functions: ({ variable }) => [variable],
  data: '{"name":"Ada"}',
  text: ({ id, variable, event: name, isTypeScript }) => `${packageImport(isTypeScript)}
import { client } from "../client";

/** What starts it: client.send(${variable}Requested.create({ name: "Ada" })) */
${eventLine(`${variable}Requested`, name, "{ name: string }", isTypeScript)}

export const ${variable} = client.createFunction({ id: "${id}", triggers: [${variable}Requested] }, async ({ event, step }) => {
  // A step that has gone well is never done again; one that throws is tried again by itself.
  const greeting = await step.run("make-greeting", () => \`Hello \${event.data.name}\`);
  await step.run("greet", () => console.log(greeting));
  return { greeting };
});
`,
};
