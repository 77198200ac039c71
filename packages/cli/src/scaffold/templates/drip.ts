import { eventLine, packageImport, type Template } from "./template.ts";

export const drip: Template = {
  about: "mails over days, until somebody has had enough",
  functions: ({ variable }) => [variable],
  data: '{"userId":"u-1","email":"ada@example.com"}',
  text: ({ id, variable, event: name, isTypeScript }) => `${packageImport(isTypeScript)}
import { client } from "../client";

${eventLine(`${variable}Started`, name, "{ userId: string; email: string }", isTypeScript)}
/** Ends it, wherever it is. */
${eventLine(`${variable}Stopped`, `${name}.stopped`, "{ userId: string }", isTypeScript)}

export const ${variable} = client.createFunction(
  { id: "${id}", triggers: [${variable}Started], cancelOn: [{ event: ${variable}Stopped, match: "data.userId" }] },
  async ({ event, step }) => {
    const { email } = event.data;
    await step.run("send-welcome", () => console.log("welcome to", email));
    // A sleep costs nothing, and outlives deploys.
    await step.sleep("wait-a-day", "1 day");
    const isActive = await step.run("check-activity", () => false);
    if (!isActive) await step.run("send-tips", () => console.log("tips to", email));
    await step.sleep("wait-for-the-week", "6 days");
    await step.run("send-offer", () => console.log("offer to", email));
    return { email, isActive };
  },
);
`,
};
