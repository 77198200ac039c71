export { type RunningServer, startServer, type StartServerOptions } from "./start-server.ts";
