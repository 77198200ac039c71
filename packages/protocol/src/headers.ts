/** Names of the headers of the protocol, in lower case. */
export const headerNames = {
  sdk: "x-inngest-sdk",
  sdkHandled: "x-inngest-sdk-handled",
  framework: "x-inngest-framework",
  platform: "x-inngest-platform",
  environment: "x-inngest-env",
  signature: "x-inngest-signature",
  requestVersion: "x-inngest-req-version",
  stepId: "x-inngest-step-id",
  runId: "x-run-id",
  requestId: "x-request-id",
  generation: "x-inngest-generation-id",
  jobId: "x-inngest-job-id",
  serverKind: "x-inngest-server-kind",
  expectedServerKind: "x-inngest-expected-server-kind",
  syncKind: "x-inngest-sync-kind",
  noRetry: "x-inngest-no-retry",
  /** Of this server's calls: what it understands beyond the protocol that all SDKs know. */
  stepwellVersion: "x-stepwell-version",
  /** Of this server's calls: how long they may take, in ms, where that is not `callMsMax`. */
  callMs: "x-stepwell-call-ms",
  /** Of a reply of an app: it takes several calls in one request. */
  bundles: "x-stepwell-bundles",
  retryAfter: "retry-after",
  eventIdSeed: "x-inngest-event-id-seed",
} as const;

/** How our own SDK begins what it calls itself. */
export const ownSdkPrefix = "stepwell-js:";
