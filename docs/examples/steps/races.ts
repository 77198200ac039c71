import { stepwell } from "../client.ts";
import { act } from "../services.ts";

export const firstAnswer = stepwell.createFunction(
  { id: "first-answer", triggers: { event: "question/asked" } },
  async ({ event, step, group }) => {
    const first = await group.race({
      answered: () =>
        step.waitForEvent("answer", {
          event: "question/answered",
          match: "data.question",
          timeout: "30d",
        }),
      late: async () => {
        await step.sleep("patience", "1d");
        return step.run("ask-a-human", () => act(`escalate ${event.data.question}`));
      },
    });
    return first.name === "answered" ? first.value?.data.answer : "escalated";
  },
);

export const cheapest = stepwell.createFunction(
  { id: "cheapest", triggers: { event: "parcel/weighed" } },
  async ({ step }) => {
    const offer = await Promise.race([
      step.waitForEvent("post", { event: "offer/post", match: "data.parcel", timeout: "1h" }),
      step.waitForEvent("courier", { event: "offer/courier", match: "data.parcel", timeout: "1h" }),
    ]);
    return step.run("book", () => act(`book ${offer?.data.price ?? "nothing"}`));
  },
);

export const firstOffer = stepwell.createFunction(
  { id: "first-offer", triggers: { event: "parcel/labelled" } },
  async ({ step, group }) => {
    const offer = async (courier: string) => {
      await step.sleep(`office-hours-${courier}`, courier === "post" ? "3h" : "1h");
      return step.run(`ask-${courier}`, () => act(`ask ${courier}`));
    };
    return group.race([() => offer("post"), () => offer("courier")]);
  },
);
