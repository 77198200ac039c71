// Test engines that run beside each other share the clients of the functions they run. What a function sends goes to the engine
// that runs it, as outside of tests; what test code sends goes to the engine that it made last, of those that are open, and
// tests beside it do not change that. Where test code has made none itself, as where another function made it after an await,
// there may be but one.

import { AsyncLocalStorage } from "node:async_hooks";
import { type RoutedEngine, routeClient } from "@stepwell/embedded/internals";
import { StepwellError } from "@stepwell/protocol";
import type { StepwellFunction } from "stepwell";
import type { ClientTransport } from "stepwell/internals";

type Client = StepwellFunction["client"];

/** What the code that runs has made, the newest last. */
const made = new AsyncLocalStorage<readonly RoutedEngine[]>();

/**
 * Lets clients send to an engine. Called before anything is awaited, so that whoever asked for the engine is known to have
 * made it. The returned function takes the engine away from the clients.
 */
export function routeTestEngine(clients: readonly Client[], transport: ClientTransport): () => void {
  let isOpen = true;
  const engine: RoutedEngine = { transport, isOpen: () => isOpen, choose };
  // Without those that are closed: code that makes one engine after the other would keep them all.
  made.enterWith([...(made.getStore() ?? []).filter((each) => each.isOpen()), engine]);
  const unroute = clients.map((client) => routeClient(client, engine));
  return () => {
    isOpen = false;
    for (const each of unroute) each();
  };
}

function choose(client: Client, open: readonly RoutedEngine[]): RoutedEngine {
  const own = made.getStore()?.findLast((each) => open.includes(each));
  if (own !== undefined) return own;
  throw new StepwellError("test_engine_unclear", `${open.length} test engines are open that run functions of "${client.id}"`, {
    retryable: false,
    advice: "Send by `t.send`, make the engine in the test itself before anything else is awaited, or give each test a client of its own.",
  });
}
