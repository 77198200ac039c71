// The providers that `step.ai.infer` knows. Each makes what a request needs; none of it is sent before the step is reported.

import { type AiModel, type ModelOptions, makeModel } from "./ai-model.ts";
import type { AnthropicMessage, AnthropicRequest } from "./anthropic-message.ts";
import type { ChatCompletion, ChatRequest } from "./chat-completion.ts";
import type { GeminiAnswer, GeminiRequest } from "./gemini-content.ts";
import type { ModelResponse, ResponsesRequest } from "./openai-response.ts";

/** Chat completions of OpenAI, and of services that speak like it. */
export function openai(options: ModelOptions): AiModel<ChatRequest, ChatCompletion> {
  return makeModel(options, {
    format: "openai-chat",
    baseUrl: "https://api.openai.com/v1/",
    path: "chat/completions",
    keyVariable: "OPENAI_API_KEY",
  });
}

/** The Responses API of OpenAI. */
export function openaiResponses(options: ModelOptions): AiModel<ResponsesRequest, ModelResponse> {
  return makeModel(options, {
    format: "openai-responses",
    baseUrl: "https://api.openai.com/v1/",
    path: "responses",
    keyVariable: "OPENAI_API_KEY",
  });
}

export interface AnthropicOptions extends ModelOptions {
  readonly betaHeaders?: readonly string[];
  /** Anthropic wants `max_tokens` with every request. */
  readonly defaultParameters: Readonly<Record<string, unknown>> & { readonly max_tokens: number };
}

export function anthropic(options: AnthropicOptions): AiModel<AnthropicRequest, AnthropicMessage> {
  const { betaHeaders = [] } = options;
  return makeModel(options, {
    format: "anthropic",
    baseUrl: "https://api.anthropic.com/v1/",
    path: "messages",
    keyVariable: "ANTHROPIC_API_KEY",
    headers: { "anthropic-version": "2023-06-01", ...(betaHeaders.length === 0 ? {} : { "anthropic-beta": betaHeaders.join(",") }) },
  });
}

export function gemini(options: ModelOptions): AiModel<GeminiRequest, GeminiAnswer> {
  return makeModel(options, {
    format: "gemini",
    baseUrl: "https://generativelanguage.googleapis.com/v1beta/",
    path: `models/${options.model}:generateContent`,
    keyVariable: "GEMINI_API_KEY",
    namesModelInPath: true,
  });
}

export function deepseek(options: ModelOptions): AiModel<ChatRequest, ChatCompletion> {
  return makeModel(options, {
    format: "openai-chat",
    baseUrl: "https://api.deepseek.com/v1/",
    path: "chat/completions",
    keyVariable: "DEEPSEEK_API_KEY",
  });
}

export function grok(options: ModelOptions): AiModel<ChatRequest, ChatCompletion> {
  return makeModel(options, { format: "grok", baseUrl: "https://api.x.ai/v1/", path: "chat/completions", keyVariable: "XAI_API_KEY" });
}

export interface AzureOptions extends Omit<ModelOptions, "baseUrl"> {
  /** Of the resource: `https://my-resource.openai.azure.com`. */
  readonly endpoint: string;
  readonly deployment: string;
  readonly apiVersion: string;
}

export function azureOpenai(options: AzureOptions): AiModel<ChatRequest, ChatCompletion> {
  const { endpoint, deployment, apiVersion } = options;
  const model = makeModel<ChatRequest, ChatCompletion>(options, {
    format: "azure-openai",
    baseUrl: endpoint,
    path: `openai/deployments/${encodeURIComponent(deployment)}/chat/completions?api-version=${encodeURIComponent(apiVersion)}`,
    keyVariable: "AZURE_OPENAI_API_KEY",
  });
  return { ...model, headers: { "api-key": model.authKey } };
}
