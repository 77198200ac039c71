import { eventLine, packageImport, type Template } from "./template.ts";

export const approval: Template = {
  about: "waits for somebody's decision, and goes on without one after a while",
  functions: ({ variable }) => [variable],
  data: '{"requestId":"r-1"}',
  text: ({ id, variable, event: name, isTypeScript }) => `${packageImport(isTypeScript)}
import { client } from "../client";

${eventLine(`${variable}Requested`, name, "{ requestId: string }", isTypeScript)}
/** The answer: client.send(${variable}Decided.create({ requestId: "r-1", isApproved: true })) */
${eventLine(`${variable}Decided`, `${name}.decided`, "{ requestId: string; isApproved: boolean }", isTypeScript)}

export const ${variable} = client.createFunction({ id: "${id}", triggers: [${variable}Requested] }, async ({ event, step }) => {
  const { requestId } = event.data;
  await step.run("ask", () => console.log("please decide about", requestId));
  // The decision about this request; null when there was none in time.
  const decision = await step.waitForEvent("wait-for-decision", {
    event: ${variable}Decided,
    timeout: "3 days",
    match: "data.requestId",
  });
  if (decision === null) {
    await step.run("escalate", () => console.log("nobody has decided about", requestId));
    return { requestId, outcome: "escalated" };
  }
  if (!decision.data.isApproved) return { requestId, outcome: "rejected" };
  await step.run("carry-out", () => console.log("approved:", requestId));
  return { requestId, outcome: "approved" };
});
`,
};
