import type { Agent } from "undici";
import type { AddressGuard } from "./address-guard.ts";

/** The HTTP client, loaded with the first request that goes out: it is a third of what a server loads at its start. */
export function httpClient(): Promise<typeof import("undici")> {
  return import("undici");
}

const connectMsMax = 10_000;

/** Connections to apps, kept alive; through the guard, where there is one. */
export async function appAgent({
  guard,
  replyMsMax,
}: {
  readonly guard: AddressGuard | undefined;
  readonly replyMsMax: number;
}): Promise<Agent> {
  const { Agent, buildConnector } = await httpClient();
  const connect =
    guard === undefined
      ? { timeout: connectMsMax }
      : // A connection's options are those of node:net, which has a look-up; undici's types leave it out.
        guard.connector(buildConnector({ timeout: connectMsMax, lookup: guard.lookup } as object));
  return new Agent({ headersTimeout: replyMsMax, bodyTimeout: replyMsMax, keepAliveTimeout: 30_000, connect, pipelining: 1 });
}
