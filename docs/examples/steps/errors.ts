import { StepError } from "stepwell";
import { stepwell } from "../client.ts";
import { act, mail, payments, stock } from "../services.ts";

export const booking = stepwell.createFunction(
  { id: "booking", retries: 1, triggers: { event: "room/requested" } },
  async ({ event, step }) => {
    const { room, guest, total } = event.data;
    await step.run("reserve", () => stock.reserve(room));
    try {
      await step.run("charge", () => payments.charge(guest, total));
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      await step.run("release", () => stock.release(room));
      await step.run("explain", () => mail.send(guest, `No booking: ${error.message}`));
      return "given up";
    }
    return "booked";
  },
);

export const newsletter = stepwell.createFunction(
  { id: "newsletter", retries: 0, triggers: { event: "issue/published" } },
  async ({ event, step }) => {
    const results = await Promise.allSettled(
      event.data.readers.map((reader: string) =>
        step.run(`mail-${reader}`, () => mail.send(reader, "News")),
      ),
    );
    const lost = results.filter(({ status }) => status === "rejected").length;
    await step.run("report", () => act(`${lost} of ${results.length} not sent`));
  },
);
