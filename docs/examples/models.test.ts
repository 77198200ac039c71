import type { TestEngineOptions } from "@stepwell/testing";
import { beforeEach, expect, test } from "vitest";
import { ask, moderate } from "./steps/models.ts";
import { world } from "./world.ts";

type Gateway = NonNullable<TestEngineOptions["gateway"]>;
type Asked = Parameters<Gateway["send"]>[0];

const asked: Asked[] = [];
const gateway: Gateway = {
  async send(request) {
    asked.push(request);
    const body = JSON.stringify({ choices: [{ message: { content: "yes" } }] });
    return { kind: "answer", url: request.url, status: 200, headers: {}, body };
  },
};

beforeEach(() => {
  asked.length = 0;
});

test("each provider is asked in its own way", async () => {
  const { send, engine } = await world([ask], { gateway });
  await send({ name: "question/asked", data: { question: "Why?" } });
  await engine.assert.completed(ask, 7);
  const body = (host: string): Record<string, unknown> =>
    JSON.parse(asked.find(({ url }) => url.includes(host))?.body ?? "{}");
  const header = (host: string, name: string): string | undefined =>
    asked.find(({ url }) => url.includes(host))?.headers.find(([each]) => each === name)?.[1];

  expect(asked.map(({ url }) => url).sort()).toEqual([
    "https://api.anthropic.com/v1/messages",
    "https://api.deepseek.com/v1/chat/completions",
    "https://api.openai.com/v1/chat/completions",
    "https://api.openai.com/v1/responses",
    "https://api.x.ai/v1/chat/completions",
    expect.stringMatching(/^https:\/\/generativelanguage.*\/models\/gemini-2.5-flash:generate/),
    "https://shop.openai.azure.com/openai/deployments/answers/chat/completions?api-version=2025-04-01-preview",
  ]);
  expect(body("openai.com/v1/chat")).toMatchObject({ model: "gpt-4o", temperature: 0.2 });
  expect(header("v1/responses", "authorization")).toBe("Bearer a key of another account");
  expect(body("anthropic")).toMatchObject({ model: "claude-sonnet-4-5", max_tokens: 1_000 });
  expect(header("anthropic", "anthropic-beta")).toBe("context-1m-2025-08-07");
});

test("makers of models stand beside the tools", async () => {
  const { send, engine } = await world([moderate], { gateway });
  await send({ name: "comment/written", data: { text: "buy now" } });
  await engine.assert.completed(moderate, "hidden");
});
