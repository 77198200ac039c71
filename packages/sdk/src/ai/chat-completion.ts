// Chat completions, as OpenAI and services that speak like it take and give them. Members are those of the API that is public;
// a request may have others, which go along as they are.

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly temperature?: number | null;
  readonly top_p?: number | null;
  readonly n?: number | null;
  readonly max_completion_tokens?: number | null;
  readonly stop?: string | readonly string[] | null;
  readonly tools?: readonly ChatTool[];
  readonly tool_choice?: "none" | "auto" | "required" | { readonly type: "function"; readonly function: { readonly name: string } };
}

export interface ChatMessage {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  /** Text, or the parts of it. */
  readonly content?: string | readonly object[] | null;
  readonly name?: string;
  readonly tool_calls?: readonly ChatToolCall[];
  readonly tool_call_id?: string;
}

interface ChatTool {
  readonly type: "function";
  readonly function: {
    readonly name: string;
    readonly description?: string;
    /** As JSON Schema. */
    readonly parameters?: object;
    readonly strict?: boolean | null;
  };
}

export interface ChatToolCall {
  id: string;
  type: string;
  function: {
    name: string;
    /** JSON, as the model wrote it. */
    arguments: string;
  };
}

export interface ChatCompletion {
  id: string;
  object: string;
  /** Epoch seconds. */
  created: number;
  model: string;
  choices: ChatChoice[];
  usage: ChatUsage;
  service_tier: string | null;
  system_fingerprint: string;
  error?: { message: string; type: string; param: string | null; code: string | null };
}

interface ChatChoice {
  index: number;
  finish_reason: string;
  message: {
    role: string;
    content: string | null;
    refusal: string | null;
    /** Absent where tools were not asked for; the official package's type says nothing of that, and applications rely on it. */
    tool_calls: ChatToolCall[];
    audio: { id: string; expires_at: number; data: string; transcript: string } | null;
  };
  logprobs: { content: ChatToken[] | null; refusal: ChatToken[] | null };
}

interface ChatToken {
  token: string;
  logprob: number;
  bytes: number[] | null;
}

interface ChatUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details?: { cached_tokens?: number; audio_tokens?: number };
  completion_tokens_details?: { reasoning_tokens?: number; audio_tokens?: number };
}
