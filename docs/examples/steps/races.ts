import { stepwell } from "../client.ts";
import { act, films } from "../services.ts";

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

export const fasterStudio = stepwell.createFunction(
  { id: "faster-studio", triggers: { event: "film/cut" } },
  async ({ step }) => {
    const renderAt = async (studio: string) => {
      const { what } = await step.run({ id: `render-at-${studio}`, parallelMode: "race" }, () =>
        films.render(studio),
      );
      return what;
    };
    const first = await Promise.race([renderAt("north"), renderAt("south")]);
    return step.run("publish", () => act(`publish ${first}`));
  },
);

export const fasterMirror = stepwell.createFunction(
  { id: "faster-mirror", triggers: { event: "film/wanted" } },
  async ({ step, group }) => {
    const renderAt = async (mirror: string) =>
      (await step.run(`render-at-${mirror}`, () => films.render(mirror))).what;
    const first = await group.parallel({ mode: "race" }, () =>
      Promise.race([renderAt("east"), renderAt("west")]),
    );
    return step.run("publish", () => act(`publish ${first}`));
  },
);
