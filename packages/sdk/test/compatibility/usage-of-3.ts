// What applications write for `inngest` 3. It compiles against that (usage.test.ts) and against this package.

import { EventSchemas, type GetEvents, type GetFunctionInput, type GetFunctionOutput, Inngest, referenceFunction } from "stepwell";

const plain = new Inngest({ id: "plain" });

export const reader = plain.createFunction({ id: "reader", retries: 2 }, { event: "user/created" }, async ({ event, step }) => {
  const id: string = event.data.userId;
  const email: string = event.user.email;
  const sent = await step.run("send", async () => ({ to: email, count: 1 }));
  await step.sendEvent("tell", [{ name: "user/told", data: { id } }, { name: "user/counted" }]);
  return { id, count: sent.count };
});

export const nightly = plain.createFunction({ id: "nightly" }, { cron: "0 3 * * *" }, async ({ step }) => {
  const done = await step.invoke("read", { function: reader, data: { any: "thing" } });
  const count: number = done.count;
  return count;
});

type Events = { "shop/paid": { data: { total: number } }; "shop/opened": { data: { by: string } } };
const typed = new Inngest({ id: "typed", schemas: new EventSchemas().fromRecord<Events>() });

export const paid = typed.createFunction(
  {
    id: "paid",
    cancelOn: [{ event: "shop/opened", match: "data.by" }],
    onFailure: async ({ event, error }) => ({ total: event.data.event.data.total, why: error.message }),
  },
  { event: "shop/paid" },
  async ({ event, step }) => {
    const opened = await step.waitForEvent("opened", { event: "shop/opened", timeout: "1h" });
    await step.sendEvent("again", { name: "shop/paid", data: { total: event.data.total + 1 } });
    const elsewhere = referenceFunction<typeof reader>({ functionId: "reader" });
    const read = await step.invoke("read", { function: elsewhere, data: { userId: "u" } });
    return { by: opened?.data.by, id: read.id };
  },
);

export const either = typed.createFunction({ id: "either" }, [{ event: "shop/paid" }, { event: "shop/opened" }], ({ event }) =>
  event.name === "shop/paid" ? event.data.total : 0,
);

export type Total = GetEvents<typeof typed>["shop/paid"]["data"]["total"];
export type Output = GetFunctionOutput<typeof reader>;
export const total: Total = 5;
export const output: Output = { id: "u", count: 1 };

export async function countWords({ event, step }: GetFunctionInput<typeof typed, "shop/opened">): Promise<number> {
  return step.run("count", () => event.data.by.split(" ").length);
}

export const send = () => typed.send([{ name: "shop/paid", data: { total: 5 } }]);
