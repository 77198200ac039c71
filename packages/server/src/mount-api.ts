import type { Engine } from "@stepwell/engine";
import { createApp, type HttpApp } from "./create-app.ts";
import { appSyncer } from "./discovery/sync-url.ts";
import { KeyRing } from "./keys/key-ring.ts";
import type { MetricsTally } from "./metrics/metrics-tally.ts";
import { problem } from "./problem.ts";
import type { ServerSettings } from "./settings.ts";
import { storeFacts } from "./store-facts.ts";

export interface MountParams {
  readonly engine: Engine;
  readonly version: string;
  /** The database file. */
  readonly file: string;
  /** Where it is mounted, e.g. `/stepwell`; whatever the path begins with is taken off. */
  readonly basePath: string;
  /** Then it answers everything with `engine_stopped`. */
  readonly isStopped: () => boolean;
  /** Hears what the engine does, for `/metrics`. */
  readonly tally: MetricsTally;
  /** Told of what should not happen; never of a payload. */
  readonly onError?: (error: unknown, about: { readonly method: string; readonly path: string }) => void;
}

/** The API without a server of its own: whoever mounts it decides whom to let in. */
export function mountApi({ engine, version, file, basePath, isStopped, tally, onError }: MountParams): HttpApp {
  const settings: ServerSettings = {
    mode: "start",
    version,
    isMounted: true,
    keys: new KeyRing({ given: { signingKeys: [], eventKeys: [] }, wallNow: Date.now }),
    allowHosts: [],
    storeKind: "sqlite",
    discovery: false,
  };
  const app = createApp({
    ...{ engine, settings, tally },
    syncer: appSyncer({ engine, settings, wallNow: Date.now }),
    storeFacts: () => storeFacts(file),
    ...(onError === undefined ? {} : { onError }),
  });
  const base = basePath.replaceAll(/^\/+|\/+$/g, "");
  return {
    fetch: async (request) =>
      isStopped()
        ? problem({ code: "engine_stopped", detail: "the engine of this process was stopped" })
        : app.fetch(base === "" ? request : withoutBase(request, `/${base}`)),
  };
}

function withoutBase(request: Request, base: string): Request {
  const url = new URL(request.url);
  if (url.pathname !== base && !url.pathname.startsWith(`${base}/`)) return request;
  url.pathname = url.pathname.slice(base.length) || "/";
  return new Request(url, request);
}
