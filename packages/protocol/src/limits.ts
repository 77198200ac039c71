// Everything that can grow has a limit with a name, a unit and a reason. A limit is broken when it is exceeded, not
// when it is reached.

import { callMsMax, retriesDefault, retriesMax, signatureAgeMsMax, stepInputBytesMax, stepOutputBytesMax } from "./bundled-limits.ts";

const kib = 1_024;
const mib = 1_024 * kib;
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export const limits = {
  /** One event as JSON, in bytes: larger ones belong in object storage, with their address in the event. */
  eventBytesMax: 3 * mib,
  /** Events of one request: they are one commit. */
  eventsPerRequestMax: 5_000,
  /** The body of one request with events, in bytes: it is held in memory until it is committed. */
  eventBodyBytesMax: 32 * mib,
  /** Characters of an event's name: it is indexed. */
  eventNameLengthMax: 255,
  /** Characters of a sender's event id: it is indexed. */
  eventIdLengthMax: 255,
  /** Sessions on one event, and the bytes of a key and a value: they are copied to every run. */
  sessionsPerEventMax: 5,
  sessionKeyBytesMax: 128,
  sessionValueBytesMax: 512,
  /** Events carry times between these years; others come from a wrong unit. */
  eventTsMin: Date.UTC(1980, 0, 1),
  eventTsMax: Date.UTC(2100, 0, 1),
  /** How long an external event id or an idempotency key is remembered. */
  dedupeWindowMs: day,
  /** The body of a registration, in bytes: a thousand functions fit. */
  registerBodyBytesMax: 8 * mib,
  /** The body of a checkpoint, in bytes: a step's output and what SDKs put around it. */
  checkpointBodyBytesMax: 10 * mib,
  /** Other bodies of the API, in bytes. */
  apiBodyBytesMax: 1 * mib,
  /** A reply of an app, in bytes after decompression. */
  replyBytesMax: 8 * mib,
  /** The body of a call, in bytes; beyond it the SDK is told to fetch the state. */
  callBodyBytesMax: 4 * mib,
  /** Calls in one request to an app that takes several: enough that the exchange costs little, few enough that others share the work. */
  callsPerBundleMax: 32,
  /** Of one call in such a request; larger ones go alone, so that none waits long for what is not its own. */
  bundledCallBytesMax: 256 * 1_024,
  /** The arguments of one step, in bytes. */
  stepInputBytesMax,
  /** The result of one step, in bytes. */
  stepOutputBytesMax,
  /** The results of all steps of a run, in bytes: they are sent with every call. */
  runStateBytesMax: 32 * mib,
  /** Steps of one run: every call carries the results of all of them. */
  stepsPerRunMax: 10_000,
  /** Ops in one reply: they are one commit. */
  opsPerReplyMax: 1_000,
  /** Warnings on one run that its calls bring: they stand in its row, and say the same of every step. */
  runWarningsMax: 100,
  /** Replies in a row that ask for nothing: the function awaits something that never comes. */
  emptyRepliesMax: 10,
  /** How long a call may take, in ms, its body included. */
  callMsMax,
  /** How long an app may take to answer a sync, in ms. */
  syncMsMax: 10_000,
  /** Redirects followed for one call. */
  redirectsMax: 60,
  /** Retries of a function; attempts are one more. */
  retriesDefault,
  retriesMax,
  /** What an app may ask for with `Retry-After`, in ms. */
  retryAfterMsMin: 1_000,
  retryAfterMsMax: day,
  /** Sleeps and timeouts, in ms: a year and a day. */
  sleepMsMax: 366 * day,
  /** How far back a wait may look, in ms, and how many events it tries: it reads them at once. */
  lookbackMsMax: day,
  lookbackEventsMax: 1_000,
  /** How long a signal nobody waits for is kept, in ms; the last one of each name. */
  signalKeptMs: day,
  /** Characters of a signal's name: it is indexed. */
  signalNameLengthMax: 255,
  /** Waits of one event name without an equality term: each event of the name evaluates all of them. */
  waitsWithoutTermMax: 10_000,
  /** What an expression of a wait may read of the run's own event, in bytes: it is stored with the wait. */
  waitBindingsBytesMax: 256 * kib,
  /** Request and response of a call that the server makes for a step, in bytes. */
  gatewayBytesMax: 8 * mib,
  /** Credentials of such requests that are kept in memory, in characters; beyond it the app is asked for the oldest again. */
  gatewayCredentialsLengthMax: 32 * mib,
  /** The timeout of an invoke or a signal that names none, in ms: a year. */
  waitMsDefault: 365 * day,
  /** Runs within runs: an invoke of itself ends here. */
  invokeDepthMax: 64,
  /**
   * A GraphQL query: its words, how deep it goes, the fields it names with those of its fragments, the reads of the store
   * that it needs, the rows of its answer and of one of its pages. Queries go round in circles, and each row costs.
   */
  gqlTokensMax: 5_000,
  gqlDepthMax: 20,
  gqlFieldsMax: 2_000,
  gqlReadsMax: 500,
  gqlRowsMax: 20_000,
  gqlPageMax: 400,
  /** Log lines of one attempt of a step, in bytes of their texts and data: what is beyond is cut, with a marker. */
  logBytesPerStepMax: 64 * kib,
  /** Log lines of a run, and their bytes: a run may have thousands of steps, and its rows are removed in one slice. */
  logLinesPerRunMax: 10_000,
  logBytesPerRunMax: 4 * mib,
  /** Log lines of one request: they are one commit. */
  logLinesPerRequestMax: 1_000,
  /** Per function. */
  triggersPerFunctionMax: 10,
  cancellationsPerFunctionMax: 5,
  concurrencyEntriesMax: 2,
  functionsPerAppMax: 1_000,
  /** Characters of ids, names and schedules. */
  functionIdLengthMax: 255,
  cronLengthMax: 255,
  expressionLengthMax: 4_096,
  /** Flow control, in ms. */
  debouncePeriodMsMin: 1_000,
  debouncePeriodMsMax: 7 * day,
  rateLimitPeriodMsMax: day,
  /** Seconds by which a run may stand before its elders, or behind younger ones: nobody is overtaken for ever. */
  prioritySecondsMax: 600,
  /** How long a function's idempotency key may be remembered, in ms: each key is a row until then. */
  idempotencyWindowMsMin: 1_000,
  idempotencyWindowMsMax: 30 * day,
  throttlePeriodMsMin: 1_000,
  throttlePeriodMsMax: 7 * day,
  batchSizeMin: 2,
  batchSizeMax: 1_000,
  batchTimeoutMsMin: 1_000,
  batchTimeoutMsMax: hour,
  /** Events of one batch, in bytes of their data, users and metadata: they go to the app in one call. */
  batchBytesMax: 10 * mib,
  jitterMsMin: 1_000,
  jitterMsMax: 5 * minute,
  /** A tick that is later than this was missed, and `catchUp` says what becomes of it; in ms. A busy loop stays below. */
  tickLatenessMsMax: 1_000,
  /** Missed ticks that `catchUp: "all"` makes up for, the latest ones: they are one commit. */
  catchUpTicksMax: 1_000,
  /**
   * Levels of objects and lists within one event, op, result or registration. What SDKs sign and read they walk by recursion,
   * and SQLite's own JSON functions end at 1,000.
   */
  jsonDepthMax: 500,
  /** Payloads above this stand in a table of their own, so that rows stay small; in UTF-16 units. */
  payloadInlineLengthMax: 16 * kib,
  /** Runs that one request starts in its own commit; the rest follows by a cursor. */
  startsPerCommitMax: 1_000,
  /** Runs that a cursor starts in one commit: a short turn of the event loop. */
  startsPerCursorBatchMax: 250,
  /** Holders that died with an item in hand, where user code runs in their process. */
  leaseLossesMax: 10,
  /** From so many on it may be the item that ends its holders: it is begun with nothing beside it that would be charged with it. */
  leaseLossesSuspect: 2,
  /** How long after a start suspects are begun one at a time, in ms: what ends a process does so soon, and other work waits. */
  suspectsMsMax: 60_000,
  /** How old a signed request may be, or how far in the future, in ms. */
  signatureAgeMsMax,
  /** Runs that a cancellation of many looks at in one go, and the pause before the next, in ms: others have their turn. */
  bulkCancelSliceRunsMax: 100,
  bulkCancelPauseMs: 5,
  /** Cancellations that are kept, and how long those that are over stay readable, in ms. */
  bulkCancelsMax: 1_000,
  bulkCancelKeptMs: 7 * day,
  /** Characters of a failure's message that are read to tell its kind, and that are kept of its template, name and frame. */
  failureMessageReadMax: 2_000,
  failureTemplateLengthMax: 300,
  failureNameLengthMax: 100,
  failureFrameLengthMax: 200,
  /** Groups of failures of one function; failures of further kinds are counted together. */
  failureGroupsPerFunctionMax: 1_000,
  /** Failed runs that a redrive of many looks at in one go, the shortest pause before the next, in ms, and runs it starts in a second. */
  bulkRedriveSliceRunsMax: 100,
  bulkRedrivePauseMs: 5,
  redriveRateDefault: 20,
  redriveRateMax: 10_000,
  /** Redrives that are kept, and how long those that are over stay readable, in ms. */
  bulkRedrivesMax: 1_000,
  bulkRedriveKeptMs: 7 * day,
  /** Elders of a queued run that are counted to say its place; beyond it says "at least". */
  explainAheadMax: 10_000,
  /** Owners of a limit's slots, and waits of a run, that an answer to "why?" tells of one by one. */
  explainNamedMax: 5,
  /** Earlier runs of a function that are looked at to tell how fast its lane goes. */
  explainReleasesMax: 2_000,
  /** Steps that an event woke, and functions that it still starts, that an answer to "why?" names. */
  explainEventRowsMax: 100,
  /** Runs that a dry run counts; beyond it says "at least". */
  dryRunCountMax: 10_000,
  /** Characters of an idempotency key: it is indexed. What an expression makes longer is kept as its beginning and its hash. */
  idempotencyKeyLengthMax: 255,
  /** Functions that metrics count one by one; those beyond are counted together, because each is memory and text. */
  metricsFunctionsMax: 1_000,
  /** Keys a server keeps, revoked ones included: each event is compared with all of them. */
  keysMax: 100,
  /** How long a key that was replaced may go on being taken, in ms: it was replaced for a reason. */
  keyOverlapMsMax: 90 * day,
  /** Characters of a password that is tried: all of them are hashed. */
  passwordLengthMax: 1_000,
  /** How long people stay signed in, in ms: a working week. */
  sessionMs: 7 * day,
  /** Wrong passwords within a minute before each further try waits, how long it waits, in ms, and how many may wait. */
  signInsWrongPerMinuteMax: 5,
  signInDelayMs: 1_000,
  signInsPendingMax: 20,
  /** Characters of a key's name. */
  keyNameLengthMax: 100,
  /** Of what is noted about runs: the members of one request, the bytes of a kind and of a score's name. */
  metadataPerRequestMax: 100,
  metadataKindBytesMax: 128,
  /** The bytes of all that is noted about one step, attempt or part of it, and about a run with all its steps. */
  metadataSpanBytesMax: 64 * kib,
  metadataRunBytesMax: 1 * mib,
  /** Characters of a rerun's name: it is shown in lists. */
  rerunNameLengthMax: 200,
  /** Circuit breakers, in ms: below a second they would flutter, and beyond an hour nobody remembers why. */
  breakerSpanMsMin: 1_000,
  breakerWindowMsMax: hour,
  breakerWindowMsDefault: minute,
  breakerCooldownMsMax: hour,
  breakerCooldownMsDefault: 30_000,
  /** Fewer calls say nothing of a rate. */
  breakerCallsMin: 10,
  breakerFailuresMax: 10_000,
  breakerProbesMax: 100,
  /** Keys of breakers that are remembered; beyond it those that are closed are forgotten, the eldest first. */
  breakersMax: 10_000,
  /** How long the `Retry-After` of one call keeps others from being made, in ms: then one of them asks again. */
  backPressureMsMax: 10 * minute,
  /** The first pause of a function whose app answers 429 and says no time, in ms; it doubles while that goes on. */
  backPressureMsDefault: 1_000,
  /** When it is looked whether anybody is there to ask again, after a pause is over, in ms: a claim takes a few of them. */
  backPressureLookMs: 1_000,
  /** Calls of one item in a row that its app may turn away so without an attempt being counted, and items that are counted so. */
  putOffsInARowMax: 100,
  putOffItemsMax: 10_000,
  /** When a call that chaos made fail is made again, in ms: soon, because somebody watches, and not at once, as after a real fault. */
  chaosRetryMs: 1_000,
  /** Calls of one item that chaos makes fail in a row: so every run goes on within seconds at any rate. */
  chaosFailuresInARowMax: 3,
  /** The longest that chaos delays a call or its copy, in ms: longer than most calls take, shorter than patience. */
  chaosDelayMsMax: 2_000,
  /** How long chaos holds a parallel step back so that another one overtakes it, in ms. */
  chaosReorderMsMax: 500,
  /** Rules and channels of alerts, and characters of their names: each rule is looked at every few seconds. */
  alertRulesMax: 50,
  alertChannelsMax: 20,
  alertNameLengthMax: 100,
  /** The longest window of a rule, in ms. */
  alertWindowMsMax: day,
  /** The pause between two looks at the rules, in ms. */
  alertLookMs: 10_000,
  /** The shortest, in ms: a failure is looked at so soon, and a storm of them is one look a second. */
  alertLookMsMin: 1_000,
  /** How long a condition must not hold before its alert is over, in ms: one that comes and goes is one alert. */
  alertQuietMs: minute,
  /** Alerts that one rule begins at a time: an outage concerns everything, and nobody reads a thousand mails. */
  alertsPerRuleMax: 20,
  /** Notices that are kept until they are delivered; the oldest make room. */
  alertsPendingMax: 500,
  /** Notices that are on their way at once, how long a try may take, in ms, and how many tries a notice has. */
  alertDeliveriesAtOnceMax: 10,
  alertDeliveryMsMax: 10_000,
  alertAttemptsMax: 5,
  /** Of an error as it is stored, in characters. */
  errorMessageLengthMax: 8_192,
  errorStackLengthMax: 16_384,
} as const;
