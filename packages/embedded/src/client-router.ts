// Engines of one process may run functions of the same client. What is sent through it goes to one of them:
//
// R1. What a run sends goes to the engine that runs it, which the calls of an engine say themselves (`transportOf`).
// R2. What other code sends goes to the only engine that is open for the client. Of several it goes to none unless the engine
//     that came last knows which is meant: an event in the wrong file is worse than an error.
// R3. Where none is open any more, whoever sends hears from the last one that it was stopped.

import type { StepwellFunction } from "stepwell";
import { type ClientTransport, setTransport } from "stepwell/internals";

type Client = StepwellFunction["client"];

export interface RoutedEngine {
  readonly transport: ClientTransport;
  readonly isOpen: () => boolean;
  /** Which of several open engines is meant by the code that sends. */
  readonly choose: (client: Client, open: readonly RoutedEngine[]) => RoutedEngine;
}

const key = Symbol.for("stepwell.embedded.routes");

type Routes = WeakMap<Client, RoutedEngine[]>;

/** Where every copy of this module finds them, as the engines that are open. */
function routes(): Routes {
  const holder = globalThis as { [key]?: Routes };
  holder[key] ??= new WeakMap();
  return holder[key];
}

/** Lets a client send to an engine too. The returned function takes the engine away from it. */
export function routeClient(client: Client, engine: RoutedEngine): () => void {
  const before = routes().get(client) ?? [];
  if (before.includes(engine)) return () => undefined;
  // Without those that have stopped: whoever opens one after the other would keep them all.
  const engines = [...before.filter((each) => each.isOpen()), engine];
  routes().set(client, engines);
  const meant = (): ClientTransport => meantOf(client, engines).transport;
  setTransport(client, {
    sendEvents: async (events, options) => meant().sendEvents(events, options),
    sendSignal: async (signal) => meant().sendSignal(signal),
  });
  return () => unroute(client, engine);
}

function unroute(client: Client, engine: RoutedEngine): void {
  const engines = routes().get(client);
  const place = engines?.indexOf(engine) ?? -1;
  if (engines === undefined || place < 0) return;
  engines.splice(place, 1);
  if (engines.length === 0) setTransport(client, undefined);
}

function meantOf(client: Client, engines: readonly RoutedEngine[]): RoutedEngine {
  const open = engines.filter((each) => each.isOpen());
  const last = (open.at(-1) ?? engines.at(-1)) as RoutedEngine;
  return open.length > 1 ? last.choose(client, open) : last;
}
