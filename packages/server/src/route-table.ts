import type { Route } from "./route.ts";
import { listApps, listFunctions, syncApp } from "./routes/api/apps.ts";
import { getDoctor } from "./routes/api/doctor.ts";
import { getEvent, listEvents } from "./routes/api/events.ts";
import { createKey, listKeys, revokeKey } from "./routes/api/keys.ts";
import { appendLogs, getLogs } from "./routes/api/run-logs.ts";
import { cancelRun, getRun, getTrace, listRuns } from "./routes/api/runs.ts";
import { getServer } from "./routes/api/server.ts";
import { checkpointSteps } from "./routes/sdk/checkpoint-steps.ts";
import { registerApp, removeApp } from "./routes/sdk/register-app.ts";
import { cancelRunV0, cancelRunV1, runActions, runBatch } from "./routes/sdk/run-state.ts";
import { sendEvents, sendWithoutKey } from "./routes/sdk/send-events.ts";
import { devInfo, health, metrics } from "./routes/sdk/server-info.ts";
import { eventRunsV1, getEventV1, listEventsV1 } from "./routes/v1/events.ts";
import { appFunctionsV1, getRunV1, runJobsV1 } from "./routes/v1/runs.ts";

/** Every endpoint of the server. */
export const routeTable: readonly Route[] = [
  sendEvents,
  sendWithoutKey,
  checkpointSteps,
  registerApp,
  removeApp,
  runBatch,
  runActions,
  cancelRunV0,
  health,
  devInfo,
  metrics,
  listEventsV1,
  getEventV1,
  eventRunsV1,
  getRunV1,
  cancelRunV1,
  runJobsV1,
  appFunctionsV1,
  getServer,
  getDoctor,
  listRuns,
  getRun,
  getTrace,
  getLogs,
  appendLogs,
  cancelRun,
  listApps,
  listFunctions,
  syncApp,
  listEvents,
  getEvent,
  listKeys,
  createKey,
  revokeKey,
];
