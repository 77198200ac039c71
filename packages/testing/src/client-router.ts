// Test engines that run beside each other share the clients of the functions they run. What a function sends goes to the
// engine that runs it; what test code sends through a client goes to the engine that was made last.

import { AsyncLocalStorage } from "node:async_hooks";
import type { StepwellFunction } from "stepwell";
import { type ClientTransport, setTransport } from "stepwell/internals";

type Client = StepwellFunction["client"];

const running = new AsyncLocalStorage<ClientTransport>();
const enginesOf = new WeakMap<Client, ClientTransport[]>();

/** What `work` sends, however late, goes there. */
export function sendingTo<Result>(transport: ClientTransport, work: () => Result): Result {
  return running.run(transport, work);
}

/** The returned function takes the engine away from its client. */
export function routeClient(client: Client, transport: ClientTransport): () => void {
  const engines = enginesOf.get(client) ?? [];
  enginesOf.set(client, engines);
  engines.push(transport);
  setTransport(client, {
    sendEvents: (events, options) => (running.getStore() ?? engines.at(-1) ?? transport).sendEvents(events, options),
    sendSignal: (signal) => (running.getStore() ?? engines.at(-1) ?? transport).sendSignal(signal),
  });
  return () => {
    const place = engines.indexOf(transport);
    if (place >= 0) engines.splice(place, 1);
    if (engines.length === 0) setTransport(client, undefined);
  };
}
