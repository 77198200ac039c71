// For those who run functions by other means than HTTP: an engine in the same process, a worker connection, a test kit.

export { type ClientTransport, type SendOptions, type SendSeed, setTransport } from "./client/client-transport.ts";
export { eventsText } from "./client/events-text.ts";
export { checkEvents, sendEvents } from "./client/send-events.ts";
export { transformInvocation } from "./client/transform-invocation.ts";
export { type Executable, executablesOf } from "./define/executable.ts";
export { functionConfigs, type WireFunctionConfig } from "./define/function-configs.ts";
export type { EventToSend, InvokeArguments, JsonOutputOf, OutputOf } from "./define/invocation.ts";
export { validateReceived } from "./define/validate-received.ts";
export { checkOptionNames, type OptionNames } from "./errors/check-option-names.ts";
export { checkpointLimits } from "./replay/checkpoint-limits.ts";
export { beginFunction, executeFunction } from "./replay/execute-function.ts";
export type { ExecutionHooks, ExecutionRequest, ParkedExecution, Waiting } from "./replay/execution-request.ts";
export { type Memos, memosOf, memosOfText } from "./replay/memos.ts";
export { currentPlace } from "./replay/place.ts";
export { promisedReply, type ReplyTaker } from "./replay/reply-taker.ts";
export { reviveTypes } from "./replay/rich-types.ts";
export { answerNode } from "./serve/node-request.ts";
export type { StepCall, StepWork } from "./step/step-call.ts";
export { durationMs } from "./time/duration.ts";
