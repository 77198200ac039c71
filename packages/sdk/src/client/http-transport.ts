import type { EventPayload } from "../define/event.ts";
import type { ApiClient } from "./api-request.ts";
import type { ClientTransport, SendOptions, SignalSent } from "./client-transport.ts";
import { eventsText } from "./events-text.ts";

/** Reaches a server by HTTP. What that takes is loaded when something is sent first: many an app only answers calls. */
export class HttpTransport implements ClientTransport {
  readonly #client: () => ApiClient;

  constructor(client: () => ApiClient) {
    this.#client = client;
  }

  async sendEvents(events: readonly EventPayload[], options: SendOptions): Promise<{ ids: string[] }> {
    if (events.length === 0) return { ids: [] };
    // As they are now, whatever becomes of them while they are under way.
    const text = await eventsText(events);
    return (await import("./post.ts")).postEvents(this.#client(), text, options);
  }

  async sendSignal({ signal, data, env }: SignalSent): Promise<{ runId: string | undefined }> {
    const body = JSON.stringify({ signal, data });
    return (await import("./post.ts")).postSignal(this.#client(), body, env);
  }
}
