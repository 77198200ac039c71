import type { Template } from "./template.ts";

export const cron: Template = {
  about: "started by a schedule",
  functions: ({ variable }) => [variable],
  text: ({ id, variable, cron: schedule }) => `import { client } from "../client";

// The schedule is in UTC; with "TZ=Europe/Paris " before it, in that zone.
export const ${variable} = client.createFunction({ id: "${id}", triggers: [{ cron: "${schedule}" }] }, async ({ event, step }) => {
  // The moment of the schedule, the same however often and however late a call of this run comes.
  const day = new Date(event.ts).toISOString().slice(0, 10);
  const report = await step.run("make-report", () => ({ day, orders: 0 }));
  await step.run("send-report", () => console.log("report of", report.day));
  return report;
});
`,
};
