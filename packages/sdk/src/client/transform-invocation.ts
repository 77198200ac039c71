import { StepwellError } from "@stepwell/protocol";
import type { EventPayload } from "../define/event.ts";
import { transformed } from "../middleware/hooks.ts";
import { openMiddleware } from "../middleware/open-middleware.ts";
import type { Stepwell } from "./stepwell.ts";

/**
 * What a function is invoked with from outside of functions, as the client's middleware makes it: an event that it sends. One
 * that seals events seals this one, as it seals what `step.invoke` gives.
 *
 * @throws {StepwellError} `invalid_event`: the middleware has made none of it, or several.
 */
export async function transformInvocation(client: Stepwell, event: EventPayload): Promise<EventPayload> {
  const middleware = openMiddleware(client, undefined);
  if (middleware.length === 0) return event;
  const { events } = await transformed(middleware, "transformSendEvent", { fn: null, events: [event] });
  const [only] = events;
  if (only !== undefined && events.length === 1) return only;
  throw new StepwellError(
    "invalid_event",
    `transformSendEvent of the middleware made ${events.length} events of an invocation; it is one`,
    {
      retryable: false,
    },
  );
}
