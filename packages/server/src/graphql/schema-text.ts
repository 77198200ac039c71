/**
 * The part of the public server's GraphQL schema that test suites and scripts read. Names of types and fields are the
 * protocol's; what a field does is in the file of its type.
 */
export const schemaText = `
scalar Time
scalar ULID
scalar UUID
"JSON, as text."
scalar Bytes
"A JSON object."
scalar Map
"Any JSON value."
scalar Any
scalar SpanMetadataValues

enum FunctionRunStatus { QUEUED RUNNING COMPLETED FAILED CANCELLED SKIPPED }
enum FunctionStatus { QUEUED RUNNING COMPLETED FAILED CANCELLED SKIPPED }
enum RunTraceSpanStatus { QUEUED RUNNING WAITING COMPLETED FAILED CANCELLED SKIPPED }
enum StepOp { RUN SLEEP INVOKE WAIT_FOR_EVENT WAIT_FOR_SIGNAL AI_GATEWAY GATEWAY }
enum EventStatus { NO_FUNCTIONS RUNNING COMPLETED PARTIALLY_FAILED FAILED }
enum FunctionTriggerTypes { EVENT CRON }
enum StreamType { EVENT CRON }
enum RunsV2OrderByField { QUEUED_AT STARTED_AT ENDED_AT }
enum RunsOrderByDirection { ASC DESC }
enum HistoryType {
  FunctionScheduled FunctionStarted FunctionCompleted FunctionFailed FunctionCancelled
  StepScheduled StepStarted StepCompleted StepErrored StepFailed StepSleeping StepWaiting StepInvoking
}

input EventQuery { eventId: ID!, workspaceId: ID }
input EventsQuery { workspaceId: ID, lastEventId: ID }
input FunctionRunQuery { functionRunId: ID!, workspaceId: ID }
input FunctionRunsQuery { workspaceId: ID }
input FunctionQuery { functionSlug: String!, workspaceId: ID }
input StreamQuery { limit: Int, includeInternalEvents: Boolean, before: ULID, after: ULID, before_time: Time, after_time: Time }
input EventsFilter { from: Time, until: Time, eventNames: [String!], includeInternalEvents: Boolean, query: String }
input RunsFilterV2 {
  from: Time, until: Time, timeField: RunsV2OrderByField, status: [FunctionRunStatus!], functionIDs: [UUID!], appIDs: [UUID!]
  isDeferred: Boolean, query: String
}
input RunsV2OrderBy { field: RunsV2OrderByField!, direction: RunsOrderByDirection! }
input CreateAppInput { url: String! }
"The input is a JSON list as text: what the step is called with."
input RerunFromStepInput { stepID: String!, input: Bytes }

type Query {
  apps: [App!]!
  app(id: UUID!): App
  functions: [Function!]
  functionBySlug(query: FunctionQuery!): Function
  run(runID: String!): FunctionRunV2
  runs(first: Int, after: String, filter: RunsFilterV2, orderBy: [RunsV2OrderBy!], preview: Boolean): RunsV2Connection!
  runTrace(runID: String!): RunTraceSpan
  runTraceSpanOutputByID(outputID: String!): RunTraceSpanOutput
  runTrigger(runID: String!): RunTraceTrigger
  functionRun(query: FunctionRunQuery!): FunctionRun
  functionRuns(query: FunctionRunsQuery!): [FunctionRun!]
  event(query: EventQuery!): Event
  events(query: EventsQuery!): [Event!]
  eventV2(id: ULID!): EventV2
  eventsV2(first: Int, after: String, filter: EventsFilter): EventsConnection!
  stream(query: StreamQuery!): [StreamItem!]!
}

type Mutation {
  "Asks the app at an address to register."
  createApp(input: CreateAppInput!): App
  deleteApp(id: String!): String
  deleteAppByName(name: String!): Boolean
  cancelRun(runID: ULID!): FunctionRun
  "The id of the new run."
  rerun(runID: ULID!, fromStep: RerunFromStepInput): ULID!
  invokeFunction(functionSlug: String!, data: Map, user: Map, meta: Map, debugSessionID: ULID, debugRunID: ULID): Boolean
}

type App {
  id: UUID!
  externalID: String
  name: String!
  sdkLanguage: String!
  sdkVersion: String!
  framework: String
  url: String
  checksum: String
  error: String
  functions: [Function!]!
  functionCount: Int!
  connected: Boolean!
  autodiscovered: Boolean!
  method: String
  appVersion: String
}

type Function {
  id: String!
  appID: String
  app: App
  name: String!
  slug: String!
  "As the app sent it, as JSON text."
  config: String!
  configuration: FunctionConfiguration
  concurrency: Int!
  triggers: [FunctionTrigger!]
  url: String
  failureHandler: Function
}

type FunctionConfiguration { retries: RetryConfiguration! }
type RetryConfiguration { value: Int!, isDefault: Boolean }
type FunctionTrigger { type: FunctionTriggerTypes!, value: String!, condition: String }

type PageInfo { hasNextPage: Boolean!, hasPreviousPage: Boolean!, startCursor: String, endCursor: String }

type RunsV2Connection { edges: [FunctionRunV2Edge!]!, pageInfo: PageInfo!, totalCount: Int! }
type FunctionRunV2Edge { cursor: String!, node: FunctionRunV2! }

type FunctionRunV2 {
  id: ULID!
  appID: UUID
  app: App
  functionID: UUID
  function: Function
  traceID: String!
  queuedAt: Time!
  startedAt: Time
  endedAt: Time
  status: FunctionRunStatus!
  sourceID: String
  triggerIDs: [ULID!]!
  eventName: String
  isBatch: Boolean!
  batchCreatedAt: Time
  cronSchedule: String
  "JSON text: what the function returned, or its error."
  output: Bytes
  trace(preview: Boolean): RunTraceSpan
  hasAI: Boolean!
  isDeferred: Boolean!
  defers: [RunDefer!]!
  siblingDefers: [RunDefer!]!
  deferredFrom: RunDeferredFrom
}

type RunDefer {
  hashedDeferID: String!
  userlandDeferID: String!
  fnSlug: String!
  status: String!
  function: Function
  runID: ULID
  run: FunctionRunV2
}
type RunDeferredFrom { runID: ULID!, function: Function, run: FunctionRunV2 }

type RunTraceSpan {
  appID: UUID
  functionID: UUID
  runID: ULID!
  run: FunctionRunV2
  spanID: String!
  traceID: String!
  parentSpanID: String
  parentSpan: RunTraceSpan
  name: String!
  status: RunTraceSpanStatus!
  "Of the last attempt, from 0."
  attempts: Int
  duration: Int
  outputID: String
  queuedAt: Time
  startedAt: Time
  endedAt: Time
  isRoot: Boolean!
  isUserland: Boolean!
  userlandSpan: UserlandSpan
  stepID: String
  stepOp: StepOp
  stepType: String
  stepInfo: StepInfo
  metadata: [SpanMetadata!]!
  response: SpanResponse
  childrenSpans(preview: Boolean): [RunTraceSpan!]!
}

type UserlandSpan {
  spanName: String
  spanKind: String
  serviceName: String
  scopeName: String
  scopeVersion: String
  spanAttrs: Bytes
  resourceAttrs: Bytes
}
type SpanMetadata { scope: String!, kind: String!, values: SpanMetadataValues!, updatedAt: Time! }
type SpanResponse { statusCode: Int, headers: Map }

union StepInfo = InvokeStepInfo | SleepStepInfo | WaitForEventStepInfo | WaitForSignalStepInfo | RunStepInfo
type InvokeStepInfo {
  triggeringEventID: ULID
  functionID: String
  timeout: Time
  returnEventID: ULID
  runID: ULID
  timedOut: Boolean
}
type SleepStepInfo { sleepUntil: Time }
type WaitForEventStepInfo { eventName: String, expression: String, timeout: Time, foundEventID: ULID, timedOut: Boolean }
type WaitForSignalStepInfo { signal: String, timeout: Time, timedOut: Boolean }
type RunStepInfo { type: String }

type RunTraceSpanOutput { input: Bytes, data: Bytes, error: StepError }
type StepError { message: String!, name: String, stack: String, cause: Any }

type RunTraceTrigger {
  eventName: String
  IDs: [ULID!]!
  payloads: [Bytes!]!
  timestamp: Time!
  isBatch: Boolean!
  batchID: ULID
  cron: String
}

type FunctionRun {
  id: ID!
  functionID: String
  function: Function
  name: String
  event: Event
  eventID: ID
  events: [Event!]!
  batchID: ULID
  batchCreatedAt: Time
  status: FunctionStatus
  waitingFor: StepEventWait
  pendingSteps: Int
  startedAt: Time
  finishedAt: Time
  output: String
  history: [RunHistoryItem!]!
  cron: String
}
type StepEventWait { eventName: String, expression: String, expiryTime: Time! }

type RunHistoryItem {
  id: ULID!
  type: HistoryType!
  attempt: Int!
  createdAt: Time!
  groupID: String
  functionVersion: Int!
  stepName: String
  stepType: String
  url: String
  cancel: RunHistoryCancel
  sleep: RunHistorySleep
  waitForEvent: RunHistoryWaitForEvent
  waitResult: RunHistoryWaitResult
  invokeFunction: RunHistoryInvokeFunction
  invokeFunctionResult: RunHistoryInvokeFunctionResult
  result: RunHistoryResult
}
type RunHistoryCancel { eventID: ULID, expression: String, userID: UUID }
type RunHistorySleep { until: Time! }
type RunHistoryWaitForEvent { eventName: String, expression: String, timeout: Time! }
type RunHistoryWaitResult { eventID: ULID, timeout: Boolean! }
type RunHistoryInvokeFunction { eventID: ULID, functionID: String, correlationID: String, timeout: Time! }
type RunHistoryInvokeFunctionResult { eventID: ULID, timeout: Boolean!, runID: ULID }
type RunHistoryResult { durationMS: Int, errorCode: String, output: Bytes }

type Event {
  id: ID!
  externalID: String
  name: String!
  createdAt: Time
  payload: Bytes
  raw: Bytes
  schema: String
  status: EventStatus
  pendingRuns: Int
  totalRuns: Int
  functionRuns: [FunctionRun!]
}

type EventV2 {
  id: ULID!
  name: String!
  occurredAt: Time!
  receivedAt: Time!
  idempotencyKey: String
  version: String
  raw: String!
  envID: UUID
  source: String
  runs: [FunctionRunV2!]!
}
type EventsConnection { edges: [EventsEdge!]!, pageInfo: PageInfo!, totalCount: Int! }
type EventsEdge { cursor: String!, node: EventV2! }

type StreamItem {
  id: ID!
  trigger: String!
  type: StreamType!
  createdAt: Time!
  inBatch: Boolean!
  runs: [FunctionRun]
}
`;
