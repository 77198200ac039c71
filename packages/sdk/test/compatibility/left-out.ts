// What the official packages export and ours does not, each with the reason.

/** Whole subpaths. */
export const subpathsLeftOut: Readonly<Record<string, string>> = {
  "./api": "the client of a cloud's REST API; ours is described in docs/openapi.json",
  "./connect": "worker connections are not there yet; `serve` reaches every app that has an address",
  "./experimental": "experiments of that package (defers, sandboxes, scores, traces), which change with its minor versions",
  "./experimental/durable-endpoints": "an experiment: HTTP handlers whose steps are durable",
  "./experimental/durable-endpoints/client": "an experiment: HTTP handlers whose steps are durable",
  "./internals": "the inside of that package; ours has its own under the same name",
  "./react": "the browser's side of realtime, which is not there yet",
  "./realtime": "realtime is not there yet",
  "./types": "shapes of that package's inside; what applications use of them is exported by the package itself",
};

const helper = "a helper of that package's own declarations, of no use outside of them";
const endpoints = "part of durable endpoints, an experiment";

/** Single names, wherever they are exported. */
export const namesLeftOut: Readonly<Record<string, string>> = {
  AddName: helper,
  AssertInternalEventPayloads: helper,
  Combine: helper,
  ExclusiveKeys: helper,
  GroupExperiment: "experiments over variants are not there yet",
  GroupToolsDeps: helper,
  HandlerWithTriggers: helper,
  IsStringLiteral: helper,
  LiteralZodEventSchema: helper,
  OutgoingOp: "the wire's own shape, see `Op` of @stepwell/protocol",
  ParallelOptions: helper,
  Realtime: "realtime is not there yet",
  StandardEventSchemaToPayload: helper,
  StandardEventSchemas: helper,
  StrictUnion: helper,
  StrictUnionHelper: helper,
  UnionKeys: helper,
  WithoutInternal: helper,
  ZodEventSchemas: helper,
  experiment: "experiments over variants are not there yet",
  realtime: "realtime is not there yet",
  // Of adapters.
  EdgeHandler: "a name for `(request: Request) => Promise<Response>`",
  EndpointHandler: endpoints,
  PagesHandlerArgs: "called `PagesArguments` here",
  RedwoodResponse: "called `LambdaResult` here",
  RequestHandler: "called `RouteHandler` here",
  WorkersHandlerArgs: "called `WorkersArguments` here",
  createEndpointServer: endpoints,
  endpointAdapter: endpoints,
  readRequestBody: "a part of that package's adapter for Node",
  serveEndpoint: endpoints,
  // Of @inngest/ai, whose models are made here under the same names.
  AiAdapter: "called `AiModel` here; models of @inngest/ai fit as they are",
  AiAdapters: helper,
  AnthropicAiAdapter: helper,
  AzureOpenAiAiAdapter: helper,
  GeminiAiAdapter: helper,
  GrokAiAdapter: helper,
  OpenAiAiAdapter: helper,
  OpenAiResponsesAdapter: helper,
  Anthropic: helper,
  AzureOpenAi: helper,
  DeepSeek: helper,
  Gemini: helper,
  Grok: helper,
  OpenAi: helper,
  OpenAiResponses: helper,
  OpenAiResponsesApi: helper,
};
