import { Stepwell } from "stepwell";
import { encryptionMiddleware } from "stepwell/encryption";
import { act } from "../services.ts";

export const stepwell = new Stepwell({
  id: "post",
  middleware: [encryptionMiddleware({ key: process.env.POST_SECRET ?? "only for these tests" })],
});

export const letter = stepwell.createFunction(
  { id: "letter", triggers: { event: "letter/written" } },
  async ({ event, step }) => {
    const { address } = event.data.encrypted;
    const sent = await step.run("send", () => act(`letter to ${address}`));
    return sent.what;
  },
);
