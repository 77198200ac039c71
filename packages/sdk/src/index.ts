export { type ErrorCode, StepwellError } from "@stepwell/protocol";
export type { AiModel, ModelOptions } from "./ai/ai-model.ts";
export * as models from "./ai/models.ts";
export {
  type AnthropicOptions,
  type AzureOptions,
  anthropic,
  azureOpenai,
  deepseek,
  gemini,
  grok,
  openai,
  openaiResponses,
} from "./ai/models.ts";
export type { ClientOptions } from "./client/client-options.ts";
export { type HandlerContext, Stepwell } from "./client/stepwell.ts";
export {
  type BaseContext,
  type ClientOptionsFromInngest,
  type Context,
  type EventNameFromTrigger,
  type EventSessions,
  type EventSessionValue,
  type EventsFromOpts,
  type FailureEventArgs,
  type FailureEventPayload,
  type FinishedEventPayload,
  type GetEvents,
  type GetFunctionInput,
  type GetFunctionOutput,
  type GetFunctionOutputRaw,
  type GetStepTools,
  type Handler,
  Inngest,
  type InngestFunction,
  type InngestFunctionReference,
  type JsonError,
  type LogArg,
  type MaybePromise,
  type PropagatedEventSessions,
  type PropagatedEventSessionValue,
  type ReceivedEventMeta,
  type ScheduledTimerEventPayload,
  type SendEventBaseOutput,
  type SendEventPayload,
  type SendSignalResponse,
  type TimeStr,
} from "./compatibility/inngest.ts";
export type { EventMeta, EventPayload, ReceivedEvent, UntypedData } from "./define/event.ts";
export { type EventRecord, EventSchemas, type EventShape } from "./define/event-schemas.ts";
export { type CreatedEvent, cron, type EventDetails, EventType, eventType, invoke } from "./define/event-type.ts";
export type { FailureContext, FailureEvent, FunctionContext } from "./define/function-context.ts";
export type {
  Cancellation,
  CheckpointingOptions,
  CircuitBreakerOption,
  ConcurrencyLevels,
  ConcurrencyOption,
  FunctionOptions,
} from "./define/function-options.ts";
export { FunctionReference, type ReferenceOptions, referenceFunction } from "./define/function-reference.ts";
export { headerKeys, internalEvents, queryKeys } from "./define/internal-names.ts";
export { isInngest, isInngestFunction, isInngestMiddleware, isInngestRequest } from "./define/kind-of.ts";
export { slugify } from "./define/slugify.ts";
export { type StandardIssue, type StandardResult, type StandardSchemaV1, staticSchema } from "./define/standard-schema.ts";
export { StepwellFunction } from "./define/stepwell-function.ts";
export type { CronTrigger, EventTrigger, ScheduleData, Trigger } from "./define/trigger.ts";
export { NonRetriableError } from "./errors/non-retriable-error.ts";
export { RetryAfterError } from "./errors/retry-after-error.ts";
export type { RetryDelayRule, RetryFunction, RetryRule } from "./errors/retry-delay.ts";
export { type SerializedError, serializeError } from "./errors/serialize-error.ts";
export { StepError } from "./errors/step-error.ts";
export { ConsoleLogger, type LogLevel } from "./log/console-logger.ts";
export type { Logger } from "./log/logger.ts";
export { ProxyLogger } from "./log/proxy-logger.ts";
export { wrapStringFirstLogger } from "./log/wrap-string-first-logger.ts";
export { dependencyInjectionMiddleware, type InjectionClass } from "./middleware/dependency-injection.ts";
export {
  InngestMiddleware,
  type MiddlewareOptions,
  type MiddlewareRegisterFn,
  type MiddlewareRegisterReturn,
} from "./middleware/inngest-middleware.ts";
export type { Class as MiddlewareClass } from "./middleware/middleware.ts";
export * as Middleware from "./middleware/middleware.ts";
export type { AnyMiddleware } from "./middleware/register-middleware.ts";
export { type CommHandlerOptions, type HandlerActions, InngestCommHandler } from "./serve/comm-handler.ts";
export type { RegisterOptions, ServeOptions, ServeOptions as ServeHandlerOptions } from "./serve/serve-options.ts";
export type { GroupTools } from "./step/group-tools.ts";
export { type FetchOptions, fetch, group, type StepFetch, step } from "./step/imported-tools.ts";
export type { StepOptions, StepOptionsOrId } from "./step/step-call.ts";
export type { InvokeOptions, StepTools, WaitForEventOptions, WaitForSignalOptions } from "./step/step-tools.ts";
export type { DurationInput, DurationLike, InstantInput, InstantLike, ZonedDateTimeLike } from "./time/duration.ts";
export { durationToMs } from "./time/duration-to-ms.ts";
export { version } from "./version.ts";
