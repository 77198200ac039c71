import {
  anthropic,
  azureOpenai,
  deepseek,
  gemini,
  grok,
  openai,
  openaiResponses,
  type StepTools,
} from "stepwell";
import { stepwell } from "../client.ts";

const chat = (question: string) => ({ messages: [{ role: "user" as const, content: question }] });

export const ask = stepwell.createFunction(
  { id: "ask", triggers: { event: "question/asked" } },
  async ({ event, step }) => {
    const { question } = event.data;
    const answers = await Promise.all([
      step.ai.infer("openai", {
        model: openai({ model: "gpt-4o", defaultParameters: { temperature: 0.2 } }),
        body: chat(question),
      }),
      step.ai.infer("openai-responses", {
        model: openaiResponses({ model: "gpt-4o", apiKey: "a key of another account" }),
        body: { input: question },
      }),
      step.ai.infer("anthropic", {
        model: anthropic({
          model: "claude-sonnet-4-5",
          betaHeaders: ["context-1m-2025-08-07"],
          defaultParameters: { max_tokens: 1_000 },
        }),
        body: chat(question),
      }),
      step.ai.infer("gemini", {
        model: gemini({ model: "gemini-2.5-flash" }),
        body: { contents: [{ parts: [{ text: question }] }] },
      }),
      step.ai.infer("deepseek", {
        model: deepseek({ model: "deepseek-chat" }),
        body: chat(question),
      }),
      step.ai.infer("grok", { model: grok({ model: "grok-4" }), body: chat(question) }),
      step.ai.infer("azure", {
        model: azureOpenai({
          model: "gpt-4o",
          endpoint: "https://shop.openai.azure.com",
          deployment: "answers",
          apiVersion: "2025-04-01-preview",
        }),
        body: chat(question),
      }),
    ]);
    return answers.length;
  },
);

/** Code that has only the tools. */
async function isSpam(ai: StepTools["ai"], text: string): Promise<boolean> {
  const answer = await ai.infer("spam", {
    model: ai.models.openai({ model: "gpt-4o-mini" }),
    body: chat(`Answer yes or no: is this spam? ${text}`),
  });
  return answer.choices[0]?.message.content === "yes";
}

export const moderate = stepwell.createFunction(
  { id: "moderate", triggers: { event: "comment/written" } },
  async ({ event, step }) => ((await isSpam(step.ai, event.data.text)) ? "hidden" : "shown"),
);
