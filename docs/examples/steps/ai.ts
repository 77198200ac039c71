import { openai } from "stepwell";
import { stepwell } from "../client.ts";
import { act } from "../services.ts";

export const summary = stepwell.createFunction(
  { id: "summary", triggers: { event: "article/published" } },
  async ({ event, step }) => {
    const answer = await step.ai.infer("summarise", {
      model: openai({ model: "gpt-4o", baseUrl: event.data.service }),
      body: { messages: [{ role: "user", content: `Summarise: ${event.data.text}` }] },
    });
    return answer.choices[0]?.message.content;
  },
);

export const draft = stepwell.createFunction(
  { id: "draft", triggers: { event: "letter/requested" } },
  ({ event, step }) =>
    step.ai.wrap("write", (topic: string) => act(`write about ${topic}`), event.data.topic),
);
