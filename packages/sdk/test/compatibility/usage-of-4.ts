// What applications write for `inngest` 4. It compiles against that (usage.test.ts) and against this package.

import { cron, eventType, Inngest, invoke, staticSchema } from "stepwell";

const inngest = new Inngest({ id: "app" });
const created = eventType("user/created", { schema: staticSchema<{ userId: string }>() });

export const reader = inngest.createFunction({ id: "reader", triggers: [{ event: "user/created" }] }, async ({ event, step }) => {
  const id: string = event.data.userId;
  await step.sendEvent("tell", { name: "user/told", data: { id } });
  return { id };
});

export const typed = inngest.createFunction({ id: "typed", triggers: [created, cron("0 3 * * *")] }, async ({ event, step }) => {
  if (event.name === "user/created") return event.data.userId.length;
  const told = await step.waitForEvent("told", { event: created, timeout: "1d" });
  return told?.data.userId.length ?? 0;
});

export const called = inngest.createFunction({ id: "called", triggers: [invoke(staticSchema<{ n: number }>())] }, ({ event }) => ({
  doubled: event.data.n * 2,
}));

export const caller = inngest.createFunction({ id: "caller", triggers: { event: "go" } }, async ({ step, group }) => {
  const { doubled } = await step.invoke("double", { function: called, data: { n: 5 } });
  const [first, second] = await group.parallel(() => Promise.all([step.run("a", () => 1), step.run("b", () => "2")]));
  const sum: number = doubled + first + second.length;
  return sum;
});

export const send = () => inngest.send(created.create({ userId: "u" }));
