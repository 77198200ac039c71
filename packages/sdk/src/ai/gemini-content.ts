// Content that Gemini generates. A request may have other members, which go along as they are.

export interface GeminiRequest {
  readonly contents: readonly GeminiContent[];
  readonly systemInstruction?: GeminiContent;
  readonly tools?: readonly object[];
  readonly toolConfig?: object;
  readonly safetySettings?: readonly object[];
  readonly generationConfig?: {
    readonly temperature?: number;
    readonly topP?: number;
    readonly topK?: number;
    readonly maxOutputTokens?: number;
    readonly stopSequences?: readonly string[];
    readonly responseMimeType?: string;
  };
  readonly cachedContent?: string;
}

interface GeminiContent {
  parts: GeminiPart[];
  role?: "user" | "model" | "system";
}

type GeminiPart =
  | { text: string; thought?: boolean }
  | { inlineData: { data: string; mimeType: string }; fileData?: { fileUri: string; mimeType: string } }
  | { functionCall: { name: string; args: Record<string, unknown> } }
  | { functionResponse: { name: string; response: Record<string, unknown> } };

export interface GeminiAnswer {
  candidates?: {
    content: GeminiContent;
    finishReason?: string;
    safetyRatings?: GeminiRating[];
    citationMetadata?: { citations?: { startIndex?: number; endIndex?: number; uri?: string; title?: string; license?: string }[] };
  }[];
  usageMetadata?: {
    promptTokenCount?: number;
    candidatesTokenCount?: number;
    totalTokenCount?: number;
    thoughtsTokenCount?: number;
  };
  promptFeedback?: { blockReason?: string; safetyRatings?: GeminiRating[] };
  error?: { code: number; message: string; status: string };
}

interface GeminiRating {
  category: string;
  probability: string;
  blocked?: boolean;
}
