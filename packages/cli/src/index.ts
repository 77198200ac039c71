export { describeHolder, type PortHolder, portHolder } from "./port-holder.ts";
export { type RunningServer, type StartServerOptions, startServer } from "./start-server.ts";
export { stopSignals } from "./stop-signals.ts";
