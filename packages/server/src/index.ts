export { type AppParts, createApp, type HttpApp } from "./create-app.ts";
export { AppWatcher, type AppWatcherParts } from "./discovery/app-watcher.ts";
export { discoveryPaths, discoveryPorts, findApps } from "./discovery/find-apps.ts";
export { type AppSyncer, appSyncer, type SyncResult } from "./discovery/sync-url.ts";
export { routeTable } from "./route-table.ts";
export { type HttpServer, type ServeParams, serve } from "./serve.ts";
export { type ServerSettings, serverKindOf } from "./settings.ts";
export { type HttpTransportOptions, httpTransport } from "./transport/http-transport.ts";
