import { stepwell } from "../client.ts";
import { act } from "../services.ts";

const dayMs = 86_400_000;

interface Booking {
  readonly id: string;
  readonly at: number;
}

export async function bookTable(booking: Booking): Promise<void> {
  await stepwell.send([
    { name: "table/booked", data: booking, id: `booked-${booking.id}`, v: "2" },
    { name: "table/reminder.due", data: booking, ts: booking.at - dayMs },
  ]);
}

export const remind = stepwell.createFunction(
  { id: "remind", triggers: { event: "table/reminder.due" } },
  ({ event, step }) => step.run("remind", () => act(`remind of ${event.data.id}`)),
);

export async function searched(text: string, visit: string): Promise<void> {
  await stepwell.send({ name: "shop/searched", data: { text }, meta: { sessions: { visit } } });
}

export const search = stepwell.createFunction(
  { id: "search", triggers: { event: "shop/searched" } },
  async ({ event, step }) => {
    const found = await step.run("search", () => act(`search for ${event.data.text}`));
    await step.sendEvent("tell", {
      name: "shop/search.done",
      data: { found: found.what },
      meta: { propagated_sessions: event.meta?.sessions },
    });
  },
);
