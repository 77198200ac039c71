import type { Stepwell } from "../client/stepwell.ts";
import type { EventPayload } from "../define/event.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import { transformed, wrapped } from "./hooks.ts";
import { openMiddleware } from "./open-middleware.ts";

/** Sends events through the middleware of a client, or of the function whose step sends them. */
export async function sendHooked(
  client: Stepwell,
  fn: StepwellFunction | undefined,
  events: EventPayload[],
  send: (events: readonly EventPayload[]) => Promise<{ ids: string[] }>,
): Promise<{ ids: string[] }> {
  const middleware = openMiddleware(client, fn);
  const about = { fn: fn ?? null };
  const { events: changed } = await transformed(middleware, "transformSendEvent", { ...about, events });
  return wrapped(middleware, "wrapSendEvent", { ...about, events: changed }, () => send(changed));
}
