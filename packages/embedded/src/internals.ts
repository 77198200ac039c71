// For those who put an engine together from other parts than `createEngine` does: the test kit.

export type { WatchedCall } from "./call-watch.ts";
export { type RoutedEngine, routeClient } from "./client-router.ts";
export { FunctionTable } from "./function-table.ts";
export { InProcessTransport } from "./in-process-transport.ts";
export { invokePayload } from "./invoke-payload.ts";
export { registerApps } from "./register-apps.ts";
export { type RunReader, runReader } from "./run-reader.ts";
export { errorView, type RunView, runView, type StepView, stepView } from "./run-view.ts";
export { sendByClients } from "./send-by-clients.ts";
export { sendInProcess } from "./send-in-process.ts";
