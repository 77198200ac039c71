import type { EmbeddedEngine } from "@stepwell/embedded";
import { MetricsTally, mountApi } from "@stepwell/server";
import { version } from "stepwell";

export interface ApiOptions {
  /** Where it is mounted, e.g. `/stepwell`; absent: at the root. */
  readonly basePath?: string;
  /** Told of what should not happen in a request; never of a payload. */
  readonly onError?: (error: unknown, about: { readonly method: string; readonly path: string }) => void;
}

/**
 * The API over an engine as a function from requests to responses, for any server that has them: `/api/v1` and the compatible
 * `/v1` and `/v2`, `/e/<anything>` for events, `/metrics`, `/health`. It asks nobody for a key: put it behind your own sign-in, where
 * only those come who may see every payload and cancel every run.
 *
 * @example
 * const api = createApi(engine, { basePath: "/stepwell" });
 * app.all("/stepwell/*", requireAdmin, (context) => api(context.req.raw));
 */
export function createApi(engine: EmbeddedEngine, { basePath = "", onError }: ApiOptions = {}): (request: Request) => Promise<Response> {
  const mounted = mountApi({
    ...{ engine: engine.engine, version, file: engine.file, basePath, isStopped: () => engine.isStopped, tally: tallyOf(engine) },
    ...(onError === undefined ? {} : { onError }),
  });
  return async (request) => mounted.fetch(request);
}

/** By engine, of which a hot reload makes another handle, and its modules another API. */
const tallies = new WeakMap<EmbeddedEngine["engine"], MetricsTally>();

/** One for each engine, which hears it once, however often its API is made. */
function tallyOf(handle: EmbeddedEngine): MetricsTally {
  const known = tallies.get(handle.engine);
  if (known !== undefined) return known;
  const tally = new MetricsTally();
  tallies.set(handle.engine, tally);
  handle.observe((occurrence) => tally.emit(occurrence));
  return tally;
}
