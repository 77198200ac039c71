import type { EventPayload } from "../define/event.ts";
import type { ApiClient } from "./api-request.ts";
import type { ClientTransport, SendOptions, SignalSent } from "./client-transport.ts";
import { eventsText } from "./events-text.ts";

/** Kept, since an import takes a while even of what is loaded. */
let post: typeof import("./post.ts") | undefined;

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
    post ??= await import("./post.ts");
    return post.postEvents(this.#client(), text, options);
  }

  async sendSignal({ signal, data, env }: SignalSent): Promise<{ runId: string | undefined }> {
    const body = JSON.stringify({ signal, data });
    post ??= await import("./post.ts");
    return post.postSignal(this.#client(), body, env);
  }
}
