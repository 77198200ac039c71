// Functions that let the server make requests. Where the service is, the event says.

import type { HandlerInput, StepTools } from "./cases.ts";

interface RequestingSteps extends StepTools {
  fetch(url: string, init?: object): Promise<Response>;
  readonly ai: {
    infer(id: string, options: { readonly model: unknown; readonly body: object }): Promise<unknown>;
    readonly models: Readonly<Record<"openai" | "anthropic" | "gemini", (options: object) => unknown>>;
  };
}

export interface RequestingInput extends Omit<HandlerInput, "step"> {
  readonly step: RequestingSteps;
}

export interface RequestCase {
  readonly name: string;
  readonly handler: (input: RequestingInput) => unknown;
  readonly output: unknown;
  /** How often the function's body ran: a request that is tried again does not run it. Absent: it does not count. */
  readonly bodies?: number;
}

/** They must be found nowhere: the service answers with what they are called here. */
export const keys = { provider: "sk-0f-the-pr0vider", service: "t0p-s3cret-0f-the-service" } as const;

const message = { role: "user", content: "hi" };

function urlOf({ event }: RequestingInput, path: string): string {
  return `${String(event.data["service"])}${path}`;
}

/** The model of a provider whose base is the service. */
function infer(input: RequestingInput, provider: "openai" | "anthropic" | "gemini", path: string): Promise<unknown> {
  const { ai } = input.step;
  const more = provider === "anthropic" ? { defaultParameters: { max_tokens: 10 } } : {};
  const model = ai.models[provider]({ model: "test", apiKey: keys.provider, baseUrl: urlOf(input, path), ...more });
  const body = provider === "gemini" ? { contents: [{ parts: [{ text: "hi" }] }] } : { messages: [message] };
  return ai.infer("ask", { model, body });
}

const told = async (asked: Promise<unknown>): Promise<unknown> =>
  asked.catch((error: Error) => ({ name: error.name, message: error.message }));

export const requestCases: readonly RequestCase[] = [
  {
    name: "fetch",
    handler: async (input) => {
      input.count("body");
      const response = await input.step.fetch(urlOf(input, "/echo"), {
        method: "POST",
        headers: { authorization: `Bearer ${keys.service}`, "x-own": "1" },
        body: JSON.stringify({ a: 1 }),
      });
      return { status: response.status, many: response.headers.get("x-many"), json: await response.json() };
    },
    output: {
      status: 201,
      many: "1,2",
      json: { method: "POST", body: '{"a":1}', own: "1", authorization: "Bearer the key of the service" },
    },
    bodies: 2,
  },
  {
    name: "fetch-missing",
    handler: async (input) => {
      const response = await input.step.fetch(urlOf(input, "/missing"));
      return { ok: response.ok, status: response.status, text: await response.text() };
    },
    output: { ok: false, status: 404, text: "nothing here" },
  },
  {
    name: "fetch-nobody",
    handler: async ({ step, count }) => {
      count("body");
      return told(step.fetch("http://127.0.0.1:9/"));
    },
    output: { name: "GatewayError", message: "Error making gateway request: nothing listens at http://127.0.0.1:9 (ECONNREFUSED)" },
    bodies: 2,
  },
  {
    name: "fetch-beside-a-step",
    handler: async (input) => {
      const [one, two, three] = await Promise.all([
        input.step.fetch(urlOf(input, "/echo?1")).then(({ status }) => status),
        input.step.run("two", () => "two"),
        input.step.fetch(urlOf(input, "/echo?3")).then(({ status }) => status),
      ]);
      return [one, two, three, await input.step.run("four", () => 4)];
    },
    output: [201, "two", 201, 4],
  },
  {
    name: "infer-openai",
    handler: (input) => infer(input, "openai", "/v1"),
    output: { path: "/v1/chat/completions", authorization: "Bearer the key of the provider", body: { model: "test", messages: [message] } },
  },
  {
    name: "infer-anthropic",
    handler: (input) => infer(input, "anthropic", "/v1"),
    output: { path: "/v1/messages", apiKey: "the key of the provider", body: { model: "test", messages: [message], max_tokens: 10 } },
  },
  {
    name: "infer-gemini",
    handler: (input) => infer(input, "gemini", ""),
    output: { path: "/models/test:generateContent?key=the key of the provider", body: { contents: [{ parts: [{ text: "hi" }] }] } },
  },
  {
    name: "infer-busy-at-first",
    handler: (input) => {
      input.count("body");
      return infer(input, "openai", "/busy-at-first");
    },
    output: { tries: 3 },
    bodies: 2,
  },
  {
    name: "infer-busy",
    handler: (input) => {
      input.count("body");
      return told(infer(input, "openai", "/busy"));
    },
    output: { name: "AIGatewayError", message: "Error making AI request: unsuccessful status code: 429" },
    bodies: 2,
  },
];
