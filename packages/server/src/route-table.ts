import type { Route } from "./route.ts";
import { listAlerts, testAlerts } from "./routes/api/alerts.ts";
import { listApps, removeAppById, syncApp } from "./routes/api/apps.ts";
import { listBreakers, resetBreaker } from "./routes/api/breakers.ts";
import { getDoctor } from "./routes/api/doctor.ts";
import { getEvent, listEvents } from "./routes/api/events.ts";
import { getFailure, listFailures, setFailureState } from "./routes/api/failures.ts";
import { getFunction, invokeFunction, listFunctions } from "./routes/api/functions.ts";
import { createKey, listKeys, revokeKey, rotateKey } from "./routes/api/keys.ts";
import { getOpenApi } from "./routes/api/openapi.ts";
import { abortOperation, createOperation, getOperation, listOperations } from "./routes/api/operations.ts";
import { redriveFailure } from "./routes/api/redrive-failure.ts";
import { redriveRun } from "./routes/api/redrive-run.ts";
import { rerunRun } from "./routes/api/rerun-run.ts";
import { appendLogs, getLogs } from "./routes/api/run-logs.ts";
import { getMetadata, setMetadata } from "./routes/api/run-metadata.ts";
import { getStep } from "./routes/api/run-steps.ts";
import { cancelRun, getRun, getTrace, listRuns } from "./routes/api/runs.ts";
import { listSchedules } from "./routes/api/schedules.ts";
import { sendEventsByKey } from "./routes/api/send-events.ts";
import { getServer } from "./routes/api/server.ts";
import { replacePassword, signIn, signOut } from "./routes/api/sign-in.ts";
import { sendSignal } from "./routes/api/signals.ts";
import { getEventWhy, getRunExplain, getRunWhy } from "./routes/api/why.ts";
import { checkpointSteps } from "./routes/sdk/checkpoint-steps.ts";
import { graphql } from "./routes/sdk/graphql.ts";
import { invokeByAppAndId, invokeBySlug } from "./routes/sdk/invoke-function.ts";
import { registerApp, removeApp } from "./routes/sdk/register-app.ts";
import { removeStateLimit, removeStepLimit, setStateLimit, setStepLimit } from "./routes/sdk/run-limits.ts";
import { cancelRunV0, cancelRunV1, runActions, runBatch } from "./routes/sdk/run-state.ts";
import { sendEvents, sendWithoutKey } from "./routes/sdk/send-events.ts";
import { devInfo, health, metrics } from "./routes/sdk/server-info.ts";
import { telemetry } from "./routes/sdk/telemetry.ts";
import { createCancellationV1, deleteCancellationV1, listCancellationsV1 } from "./routes/v1/cancellations.ts";
import { eventRunsV1, getEventV1, listEventsV1 } from "./routes/v1/events.ts";
import { setMetadataV1 } from "./routes/v1/run-metadata.ts";
import { appFunctionsV1, getRunV1, runJobsV1 } from "./routes/v1/runs.ts";
import { sendSignalV1 } from "./routes/v1/signals.ts";
import { functionRunsV2, getAppV2, getFunctionV2, listAppsV2, listFunctionsV2 } from "./routes/v2/apps.ts";
import { eventRunsV2, sendEventV2 } from "./routes/v2/events.ts";
import { invokeFunctionV2 } from "./routes/v2/invoke-function.ts";
import { routesNotHere, routesNotHereV1 } from "./routes/v2/not-here.ts";
import { rerunRunV2 } from "./routes/v2/rerun-run.ts";
import { cancelRunV2, getRunV2, getTraceV2, listAllRunsV2 } from "./routes/v2/runs.ts";
import { addScoresV2 } from "./routes/v2/scores.ts";
import { accountV2, environmentsV2, eventKeysV2, healthV2, operationsV2, signingKeysV2 } from "./routes/v2/server.ts";

const secondVersion: readonly Route[] = [
  healthV2,
  accountV2,
  environmentsV2,
  eventKeysV2,
  signingKeysV2,
  operationsV2,
  listAppsV2,
  getAppV2,
  listFunctionsV2,
  getFunctionV2,
  functionRunsV2,
  invokeFunctionV2,
  sendEventV2,
  eventRunsV2,
  listAllRunsV2,
  getRunV2,
  getTraceV2,
  cancelRunV2,
  rerunRunV2,
  addScoresV2,
  ...routesNotHere,
];

/** Every endpoint of the server. */
export const routeTable: readonly Route[] = [
  sendEvents,
  sendWithoutKey,
  checkpointSteps,
  invokeBySlug,
  invokeByAppAndId,
  registerApp,
  removeApp,
  setStepLimit,
  removeStepLimit,
  setStateLimit,
  removeStateLimit,
  runBatch,
  runActions,
  cancelRunV0,
  telemetry,
  graphql,
  health,
  devInfo,
  metrics,
  listEventsV1,
  getEventV1,
  eventRunsV1,
  getRunV1,
  cancelRunV1,
  runJobsV1,
  setMetadataV1,
  appFunctionsV1,
  sendSignalV1,
  createCancellationV1,
  listCancellationsV1,
  deleteCancellationV1,
  ...routesNotHereV1,
  ...secondVersion,
  // The dev server of the reference has it here too.
  ...secondVersion.map((each) => ({ ...each, path: `/api${each.path}` })),
  getServer,
  getDoctor,
  listRuns,
  getRun,
  getTrace,
  getStep,
  getRunWhy,
  getRunExplain,
  getLogs,
  appendLogs,
  getMetadata,
  setMetadata,
  cancelRun,
  rerunRun,
  listApps,
  listFunctions,
  getFunction,
  invokeFunction,
  listSchedules,
  listBreakers,
  resetBreaker,
  listFailures,
  getFailure,
  setFailureState,
  redriveFailure,
  redriveRun,
  createOperation,
  listOperations,
  getOperation,
  abortOperation,
  sendSignal,
  sendEventsByKey,
  getOpenApi,
  syncApp,
  removeAppById,
  listEvents,
  getEvent,
  getEventWhy,
  listKeys,
  createKey,
  revokeKey,
  rotateKey,
  signIn,
  signOut,
  replacePassword,
  listAlerts,
  testAlerts,
];

/** What apps behind URLs call, and what is about keys and passwords: nothing of it is where a server of somebody else's lets people in. */
export const notMounted: ReadonlySet<Route> = new Set<Route>([
  ...[sendWithoutKey, checkpointSteps, registerApp, removeApp, runBatch, runActions, telemetry],
  ...[setStepLimit, removeStepLimit, setStateLimit, removeStateLimit],
  ...[syncApp, removeAppById, getDoctor, listAlerts, testAlerts],
  ...[listKeys, createKey, revokeKey, rotateKey, signIn, signOut, replacePassword],
  ...[eventKeysV2, signingKeysV2],
]);
