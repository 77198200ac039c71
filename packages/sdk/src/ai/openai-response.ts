// The Responses API of OpenAI. A request may have other members, which go along as they are.

export interface ResponsesRequest {
  readonly input?: string | readonly unknown[];
  readonly instructions?: string | null;
  readonly tools?: readonly object[];
  readonly temperature?: number | null;
  readonly top_p?: number | null;
  readonly max_output_tokens?: number | null;
  readonly previous_response_id?: string | null;
}

export interface ModelResponse {
  id: string;
  object: string;
  /** Epoch seconds. */
  created_at: number;
  status: string;
  model: string;
  output: ResponseItem[];
  error?: unknown;
  incomplete_details?: unknown;
  instructions?: string | null;
  max_output_tokens?: number | null;
  previous_response_id?: string | null;
  temperature?: number | null;
  top_p?: number | null;
  usage?: {
    input_tokens: number;
    input_tokens_details?: { cached_tokens?: number };
    output_tokens: number;
    output_tokens_details?: { reasoning_tokens?: number };
    total_tokens: number;
  } | null;
  user?: string | null;
  metadata?: Record<string, unknown> | null;
}

export type ResponseItem = ResponseMessage | ResponseToolCall | OtherPart;

interface ResponseMessage {
  id: string;
  type: "message";
  status: string;
  role: string;
  content: ({ type: "output_text"; text: string; annotations?: unknown[]; logprobs?: unknown[] } | OtherPart)[];
}

interface ResponseToolCall {
  id: string;
  type: "function_call";
  call_id: string;
  name: string;
  /** JSON, as the model wrote it. */
  arguments: string;
}

/** Of a kind that is not told apart here. */
interface OtherPart {
  type: string;
  [member: string]: unknown;
}
