export { bundleParameter } from "./bundle-parameter.ts";
export {
  callMsMax,
  retriesDefault,
  retriesMax,
  servedBodyBytesMax,
  stepInputBytesMax,
  stepOutputBytesMax,
} from "./bundled-limits.ts";
export { type CallContent, callHeaders, callUrl, encodeCallBody, pendingInput } from "./call.ts";
export {
  type BundledCall,
  type BundledReply,
  encodeBundledCall,
  encodeBundledReply,
  parseBundle,
  parseBundledReply,
} from "./call-bundle.ts";
export { canonicalJson, canonicalText } from "./canonical-json.ts";
export { type Checkpoint, type CheckpointOp, parseCheckpoint } from "./checkpoint.ts";
export { type CircuitBreaker, readCircuitBreaker } from "./circuit-breaker.ts";
export { type ConfigProblem, ProblemList } from "./config-problem.ts";
export { type CronTrigger, cronFieldsOf, scheduleKey } from "./cron-trigger.ts";
export { formatDuration, parseDate, parseDuration, parseInstant, parseSleepTarget, parseTimeout } from "./durations.ts";
export { appErrorCode, assertNever, type ErrorCode, errorCodes, InvariantError, invariant, StepwellError } from "./errors.ts";
export {
  type EventBody,
  type EventParts,
  type EventRefusal,
  eventMapJson,
  type IncomingEvent,
  parseEvent,
  parseEventBody,
  triggerNamesFor,
} from "./event.ts";
export { type EventIdSeed, parseEventIdSeed, seededEventId } from "./event-id-seed.ts";
export { finishedEventId } from "./finished-event-id.ts";
export type { ConcurrencyLimit, FlowOptions } from "./flow-options.ts";
export { type FunctionConfig, type FunctionConfigResult, parseFunctionConfig } from "./function-config.ts";
export { functionUuid } from "./function-uuid.ts";
export {
  type GatewayCredentials,
  isSecretHeader,
  parseStoredRequest,
  type StoredGatewayRequest,
  storedRequestJson,
  urlWithoutCredentials,
  withholdCredentials,
} from "./gateway-credentials.ts";
export { fetchMemo, type GatewayAnswer, type GatewayFailure, gatewayErrorMemo, gatewayRunError, inferMemo } from "./gateway-memo.ts";
export { type GatewayHeader, type GatewayKind, type GatewayRequest, readGatewayRequest } from "./gateway-request.ts";
export { headerNames, ownSdkPrefix } from "./headers.ts";
export {
  asJson,
  type Branded,
  type EpochMs,
  type EventId,
  epochMs,
  type FunctionUuid,
  type ItemId,
  isUlid,
  type JsonText,
  parseEventId,
  parseRunId,
  type RunId,
  type StepId,
  type StoreSeq,
} from "./ids.ts";
export { inProcessUrl, isInProcessUrl } from "./in-process-url.ts";
export { isTooDeep, tooDeepMessage } from "./json-depth.ts";
export { exceedsBytes, isObject, type JsonObject, parseJson, textOf, utf8Bytes, wordsOf } from "./json-shape.ts";
export { bearerHash, bearerMatches, hashEventKey, hashSigningKey } from "./key-hashes.ts";
export { limits } from "./limits.ts";
export { type LogEntries, type LogEntry, type LogLevel, type LogLine, logLevels, logLineBytes, parseLogEntries } from "./log-lines.ts";
export {
  type MetadataOp,
  type MetadataTarget,
  type MetadataUpdate,
  readMetadata,
  withMetadata,
  wrongScoreName,
} from "./metadata.ts";
export { nearest } from "./nearest.ts";
export {
  isLazy,
  isPlanLike,
  memoForError,
  memoForStepRun,
  memoWithoutTypes,
  type Op,
  type OpBase,
  type OpsResult,
  parseOps,
  type StepErrorValue,
  type StepOp,
  type StepRunOp,
  type UnsupportedOpKind,
} from "./ops.ts";
export { decodeQueueItemToken, encodeQueueItemToken, type QueueItemToken } from "./queue-item-token.ts";
export { type RateLimited, rateLimitedDetail, readRateLimitedDetail } from "./rate-limited-detail.ts";
export { type RawReply, type Reply, readReply } from "./reply.ts";
export { askMsMax, askMsPerMib, fetchStateMsMax } from "./request-limits.ts";
export { parseRetryAfter } from "./retry-after.ts";
export { displayError, parseRunError, type RunErrorValue, runErrorJson, withoutCode } from "./run-error.ts";
export { sha1Bytes, sha1Hex } from "./sha1.ts";
export {
  equalInConstantTime,
  type SignedText,
  signBody,
  type Verification,
  verifySigned,
} from "./signature.ts";
export { hmacSecret, isSigningKey } from "./signing-key.ts";
export { type ComputedStatus, isEnded, type RunStatus, runStatuses, v1Spelling } from "./statuses.ts";
export { hashStepId, RUN_COMPLETE_ID } from "./step-ids.ts";
export { messageOf, normaliseAppUrl, parseInBandSync, parseRegisterRequest, type RegisterRequest, type RegisterResult } from "./sync.ts";
export { isEndEventName, systemEvents } from "./system-events.ts";
export type { EventTrigger, Trigger } from "./triggers.ts";
export { encodeUlid } from "./ulid.ts";
export { uuidFromName } from "./uuid.ts";
export { type VerifyParams, verifySignature } from "./verify-signature.ts";
export type { GatewayFields, InvokePayload } from "./wait-ops.ts";
