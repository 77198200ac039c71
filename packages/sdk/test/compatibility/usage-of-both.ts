// What applications write for `inngest` 3 and 4 alike. It compiles against both of them (usage.test.ts) and against this package.

import {
  anthropic,
  deepseek,
  type EventPayload,
  type GetStepTools,
  gemini,
  grok,
  Inngest,
  NonRetriableError,
  openai,
  openaiResponses,
  referenceFunction,
} from "stepwell";

const inngest = new Inngest({ id: "app" });
type Tools = GetStepTools<typeof inngest>;

/** Data that nobody has typed is read without a check. */
export function readEvent(event: EventPayload): readonly unknown[] {
  const user: string = event.data.userId;
  const deep: number = event.data.items[0].price.amount;
  return [user, deep, event.data.flag === true];
}

export async function wait(step: Tools): Promise<readonly unknown[]> {
  const typed = await step.waitForSignal<{ ok: boolean }>("typed", { signal: "s", timeout: "1h", onConflict: "fail" });
  const ok: boolean | undefined = typed?.data.ok;
  const bare = await step.waitForSignal("bare", { signal: "s", timeout: 60_000, onConflict: "replace" });
  const read = bare?.data as { readonly n: number };
  const event = await step.waitForEvent("event", { event: "a/b", timeout: "1d", if: "async.data.id == 1" });
  const id: string = event?.data.id;
  return [ok, read.n, bare?.signal, id];
}

export async function invokeOthers(step: Tools): Promise<readonly unknown[]> {
  const bare = await step.invoke("bare", { function: referenceFunction({ functionId: "x" }), data: { a: 1 } });
  const cast = bare as { readonly n: number };
  const elsewhere = referenceFunction({ functionId: "x", appId: "y" });
  const other = await step.invoke("other", { function: elsewhere, data: { a: 1 }, timeout: "1h" });
  if (typeof other !== "string") throw new NonRetriableError("no text");
  return [cast.n, other.length];
}

export async function askModels(step: Tools): Promise<readonly unknown[]> {
  const chat = await step.ai.infer("chat", {
    model: openai({ model: "gpt-4o" }),
    body: {
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hello" },
        { role: "assistant", content: "Hi" },
        { role: "tool", content: "5", tool_call_id: "t" },
      ],
      temperature: 0.5,
      tools: [{ type: "function", function: { name: "add", parameters: { type: "object" } } }],
    },
  });
  const text: string | null | undefined = chat.choices[0]?.message.content;
  const calls: string[] | undefined = chat.choices[0]?.message.tool_calls.map((call) => call.function.arguments);
  const tokens: number = chat.usage.total_tokens;
  const generic = await step.ai.infer<ReturnType<typeof openai>>("generic", {
    model: step.ai.models.openai({ model: "gpt-4o" }),
    body: { messages: [] },
  });
  const message = await step.ai.infer("message", {
    model: anthropic({ model: "claude-3-5-sonnet-latest", defaultParameters: { max_tokens: 100 } }),
    body: { messages: [{ role: "user", content: "Hello" }], tools: [{ name: "add", input_schema: { type: "object" } }] },
  });
  const parts = message.content.map((part) => (part.type === "text" ? part.text : part.input));
  const content = await step.ai.infer("content", {
    model: gemini({ model: "gemini-2.5-pro" }),
    body: { contents: [{ role: "user", parts: [{ text: "Hello" }] }], generationConfig: { temperature: 1 } },
  });
  const said: string[] | undefined = content.candidates?.[0]?.content.parts.map((part) => ("text" in part ? part.text : ""));
  const response = await step.ai.infer("response", { model: openaiResponses({ model: "gpt-5" }), body: { input: "Hello" } });
  const kinds: string[] = response.output.map((item) => item.type);
  for (const model of [deepseek({ model: "deepseek-chat" }), deepseek({ model: "deepseek-reasoner" })])
    parts.push((await step.ai.infer("deepseek", { model, body: { messages: [{ role: "user", content: "Hello" }] } })).id);
  const last = await step.ai.infer("grok", { model: grok({ model: "grok-3-latest" }), body: { messages: [] } });
  return [text, calls, tokens, generic.id, parts, said, kinds, response.status, last.choices[0]?.finish_reason];
}

export async function send(payload: EventPayload, list: EventPayload[]): Promise<readonly string[]> {
  const made: EventPayload<{ readonly x: number }> = { name: "a", data: { x: 1 } };
  await inngest.send(made);
  await inngest.send(payload);
  await inngest.send(list);
  await inngest.send([{ name: "a", data: { x: 1 }, id: "once", ts: 5 }, { name: "b" }]);
  return (await inngest.send({ name: "a", data: payload.data })).ids;
}
