import type { EventPayload } from "../define/event.ts";
import { onePerProcess } from "../one-per-process.ts";
import { currentPlace } from "../replay/place.ts";
import type { Stepwell } from "./stepwell.ts";

/** Fixes the ids of the events of one request: the same seed gives the same ids, and what is stored already is not stored again. */
export interface SendSeed {
  readonly ms: number;
  /** Ten bytes. */
  readonly entropy: Uint8Array;
}

export interface SendOptions {
  readonly seed?: SendSeed;
  readonly env?: string;
}

/** How a client reaches its engine: by HTTP, or in the same process. */
export interface ClientTransport {
  sendEvents(events: readonly EventPayload[], options: SendOptions): Promise<{ ids: string[] }>;
  sendSignal(signal: SignalSent): Promise<{ runId: string | undefined }>;
}

export interface SignalSent {
  readonly signal: string;
  readonly data?: unknown;
  /** The environment that it goes to; else that of the client. */
  readonly env?: string;
}

const transports = onePerProcess("transports", () => new WeakMap<Stepwell, ClientTransport>());

/** Of an engine in this process where one runs functions of the client: what a run sends goes to the one that runs it. */
export function transportOf(client: Stepwell): ClientTransport {
  const own = transports.get(client);
  return own === undefined ? client.http : (currentPlace()?.sender.transportOf?.(client) ?? own);
}

/** Lets a client speak to an engine in its own process; `undefined` gives it back to HTTP. */
export function setTransport(client: Stepwell, transport: ClientTransport | undefined): void {
  if (transport === undefined) transports.delete(client);
  else transports.set(client, transport);
}
