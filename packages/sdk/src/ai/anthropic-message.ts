// Messages of Anthropic. A request may have other members, which go along as they are.

export interface AnthropicRequest {
  readonly messages: readonly { readonly role: "user" | "assistant"; readonly content: string | readonly object[] }[];
  readonly system?: string | readonly object[];
  /** Here or with the model. */
  readonly max_tokens?: number;
  readonly temperature?: number;
  readonly top_k?: number;
  readonly top_p?: number;
  readonly stop_sequences?: readonly string[];
  readonly tools?: readonly { readonly name: string }[];
  readonly tool_choice?: { readonly type: "auto" | "any" | "none" } | { readonly type: "tool"; readonly name: string };
}

export interface AnthropicMessage {
  id: string;
  type: "message" | "error";
  role: "assistant";
  model: string;
  content: ({ type: "text"; text: string } | { type: "tool_use"; id: string; name: string; input: unknown })[];
  stop_reason: "end_turn" | "max_tokens" | "stop_sequence" | "tool_use" | null;
  stop_sequence: string | null;
  usage: { input_tokens: number; output_tokens: number };
  error?: { type: string; message: string };
}
