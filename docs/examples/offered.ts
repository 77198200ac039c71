// What the packages offer to a reader. Every option, tool and hook that can be come to from here has an example, which a page
// shows and a test runs: `scripts/rules/examples/examples.test.ts` takes these types apart, name by name.

import type {
  createEngine,
  EmbeddedEngine,
  EngineReader,
  openReader,
  RunReader,
} from "@stepwell/embedded";
import type { createApi } from "@stepwell/embedded/api";
import type { createTestEngine, RunTarget, StepMock, TestEngine } from "@stepwell/testing";
import type {
  AiModel,
  ConsoleLogger,
  EventPayload,
  EventSchemas,
  eventType,
  FailureContext,
  FunctionContext,
  fetch,
  GroupTools,
  HandlerActions,
  InngestCommHandler,
  InngestMiddleware,
  Logger,
  Middleware,
  MiddlewareRegisterReturn,
  models,
  referenceFunction,
  ServeOptions,
  StandardSchemaV1,
  StepTools,
  Stepwell,
  StepwellFunction,
  Trigger,
} from "stepwell";
import type { encryptionMiddleware } from "stepwell/encryption";
import type { fastifyPlugin } from "stepwell/fastify";

/** Objects that a reader writes. */
export interface Written {
  readonly middleware: Hooks & Pick<typeof Middleware.BaseMiddleware, "onRegister">;
  readonly createFunction: Parameters<Stepwell["createFunction"]>[0];
  readonly trigger: Exclude<Trigger, { readonly create: unknown }>;
  readonly event: EventPayload;
  readonly client: ConstructorParameters<typeof Stepwell>[0];
  readonly serve: ServeOptions;
  readonly fastifyPlugin: Parameters<typeof fastifyPlugin>[1];
  readonly commHandler: ConstructorParameters<typeof InngestCommHandler>[0];
  readonly commHandlerActions: HandlerActions<unknown>;
  readonly elderMiddleware: ConstructorParameters<typeof InngestMiddleware>[0];
  readonly elderHooks: MiddlewareRegisterReturn;
  readonly elderHooksOfRuns: Made<MiddlewareRegisterReturn["onFunctionRun"]>;
  readonly elderHooksOfSends: Made<MiddlewareRegisterReturn["onSendEvent"]>;
  readonly encryption: Parameters<typeof encryptionMiddleware>[0];
  readonly consoleLogger: ConstructorParameters<typeof ConsoleLogger>[0];
  readonly eventType: Parameters<typeof eventType>[1];
  readonly reference: Parameters<typeof referenceFunction>[0];
  readonly createEngine: Parameters<typeof createEngine>[0];
  readonly openReader: Parameters<typeof openReader>[0];
  readonly createApi: Parameters<typeof createApi>[1];
  readonly createTestEngine: Parameters<typeof createTestEngine>[0];
}

/** What a reader calls, and what a function is given. */
export interface Called {
  readonly client: Pick<Stepwell, "createFunction" | "send" | "sendSignal" | "setEnvVars">;
  readonly function: Omit<FunctionContext, "error">;
  readonly onFailure: FailureContext;
  readonly step: StepTools;
  readonly "step.ai": StepTools["ai"];
  readonly group: GroupTools;
  readonly fetch: typeof fetch;
  readonly models: typeof models;
  readonly schemas: Pick<EventSchemas, Extract<keyof EventSchemas, `from${string}`>>;
  readonly engine: EmbeddedEngine;
  readonly runs: RunReader;
  readonly reader: EngineReader;
  readonly t: TestEngine;
  readonly assert: TestEngine["assert"];
  readonly mock: StepMock;
}

/** What a reader passes on as it was got, or has of another package. */
export type Given =
  | Exclude<RunTarget, StepwellFunction>
  | Exclude<Parameters<TestEngine["assert"]["completed"]>[0], StepwellFunction>
  | AiModel
  | Logger
  | StandardSchemaV1
  | Parameters<EventSchemas["fromZod"]>[0][number]
  | NonNullable<Parameters<typeof createTestEngine>[0]["gateway"]>;

type Hooks = Omit<
  Middleware.BaseMiddleware,
  "client" | "functionOutputTransform" | "stepOutputTransform"
>;
type Made<Hook> = Hook extends (...args: never) => infer Hooks ? Awaited<Hooks> : never;
