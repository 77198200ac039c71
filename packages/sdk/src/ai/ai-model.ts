/** A model of a provider: where requests to it go, and how they are signed. Those of `@inngest/ai` fit as well. */
export interface AiModel<Request = object, Answer = unknown> {
  url?: string;
  authKey: string;
  /** Of the provider's API; it decides where the key goes. */
  format: string;
  headers?: Record<string, string>;
  options?: unknown;
  /** Completes a request before it is reported. */
  onCall?(model: never, body: never): void;
  /** For TypeScript alone. */
  readonly "~types"?: { readonly input: Request; readonly output: Answer };
}

type TypesOf<Model> = Model extends { readonly "~types"?: infer Types } ? NonNullable<Types> : unknown;

/** What a request to the model is made of. */
export type RequestTo<Model> = TypesOf<Model> extends { readonly input: infer Request } ? Request : object;
/** What the model answers. */
export type AnswerOf<Model> = TypesOf<Model> extends { readonly output: infer Answer } ? Answer : unknown;

export interface ModelOptions {
  readonly model: string;
  /** From the provider's usual variable by default. */
  readonly apiKey?: string;
  readonly baseUrl?: string;
  /** What every request has that does not say otherwise. */
  readonly defaultParameters?: Readonly<Record<string, unknown>>;
}

export interface Provider {
  readonly format: string;
  readonly baseUrl: string;
  readonly path: string;
  readonly keyVariable: string;
  readonly headers?: Record<string, string>;
  /** The model stands in the address and not in the body. */
  readonly namesModelInPath?: boolean;
}

export function makeModel<Request, Answer>(options: ModelOptions, provider: Provider): AiModel<Request, Answer> {
  const { model, apiKey, baseUrl, defaultParameters = {} } = options;
  const base = baseUrl ?? provider.baseUrl;
  const own = provider.namesModelInPath === true ? {} : { model };
  return {
    url: new URL(provider.path, base.endsWith("/") ? base : `${base}/`).href,
    authKey: apiKey ?? variable(provider.keyVariable),
    format: provider.format,
    headers: { ...provider.headers },
    options,
    onCall(_: unknown, body: Record<string, unknown>) {
      Object.assign(body, { ...own, ...defaultParameters, ...body });
    },
  };
}

function variable(name: string): string {
  const { process } = globalThis as { readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> } };
  return process?.env?.[name] ?? "";
}
