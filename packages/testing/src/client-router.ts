// Test engines that run beside each other share the clients of the functions they run. What one sends through a client goes to
// one of its engines:
//
// R1. What a function sends goes to the engine that runs it.
// R2. What test code sends goes to the engine that it made last, of those that are open; tests beside it do not change that.
// R3. Where test code has made none itself, as where another function made it after an await, there may be but one.

import { AsyncLocalStorage } from "node:async_hooks";
import { StepwellError } from "@stepwell/protocol";
import type { StepwellFunction } from "stepwell";
import { type ClientTransport, setTransport } from "stepwell/internals";

type Client = StepwellFunction["client"];

const running = new AsyncLocalStorage<ClientTransport>();
/** What the code that runs has made, the newest last. */
const made = new AsyncLocalStorage<readonly ClientTransport[]>();
const enginesOf = new WeakMap<Client, ClientTransport[]>();
/** Of engines that are open. */
const open = new WeakSet<ClientTransport>();

/** What `work` sends, however late, goes there. */
export function sendingTo<Result>(transport: ClientTransport, work: () => Result): Result {
  return running.run(transport, work);
}

/**
 * Lets clients send to an engine. Called before anything is awaited, so that whoever asked for the engine is known to have
 * made it. The returned function takes the engine away from the clients.
 */
export function routeClients(clients: readonly Client[], transport: ClientTransport): () => void {
  // Without those that are closed: code that makes one engine after the other would keep them all.
  made.enterWith([...(made.getStore() ?? []).filter((each) => open.has(each)), transport]);
  open.add(transport);
  const unroute = clients.map((client) => routeClient(client, transport));
  return () => {
    open.delete(transport);
    for (const each of unroute) each();
  };
}

function routeClient(client: Client, transport: ClientTransport): () => void {
  const engines = enginesOf.get(client) ?? [];
  enginesOf.set(client, engines);
  engines.push(transport);
  const meant = (): ClientTransport => running.getStore() ?? meantByTest(client, engines);
  setTransport(client, {
    sendEvents: async (events, options) => meant().sendEvents(events, options),
    sendSignal: async (signal) => meant().sendSignal(signal),
  });
  return () => {
    const place = engines.indexOf(transport);
    if (place >= 0) engines.splice(place, 1);
    if (engines.length === 0) setTransport(client, undefined);
  };
}

function meantByTest(client: Client, engines: readonly ClientTransport[]): ClientTransport {
  const own = made.getStore()?.findLast((each) => engines.includes(each));
  const [only, ...others] = engines;
  if (own !== undefined) return own;
  if (only !== undefined && others.length === 0) return only;
  throw new StepwellError("test_engine_unclear", `${engines.length} test engines are open that run functions of "${client.id}"`, {
    retryable: false,
    advice: "Send by `t.send`, make the engine in the test itself before anything else is awaited, or give each test a client of its own.",
  });
}
