// The syncs under way, and which of them a registration answers. SDKs repeat the id of the request that asked them; an app
// that does not is known by its address, and where that could not be read by being the only one that can be meant.

import { normaliseAppUrl } from "@stepwell/protocol";

/** A person's wish moves an app to another address; what this server asks by itself does not while the old one answers. */
export type AskedBy = "person" | "server";

export interface OpenAsk {
  readonly syncId: string;
  readonly url: string;
  readonly askedBy: AskedBy;
  /** What the app that answers calls itself, once that is known. */
  appName: string | undefined;
  /** What it registered, was taken. */
  isTaken: boolean;
  /** Why what it registered was not. */
  refusal: string | undefined;
}

/** What a registration says of the sync that it answers. */
export interface AnswersWhat {
  /** As the app repeats it. */
  readonly syncId: string | undefined;
  /** SDKs repeat the server's kind where a server asked them; one that registers by itself knows none. */
  readonly wasAsked: boolean;
  /** Where the app says that it is; unknown of a request that was turned away before it was read. */
  readonly url: string | undefined;
}

export class OpenAsks {
  readonly #asks = new Map<string, OpenAsk>();

  open(url: string, askedBy: AskedBy): OpenAsk {
    const ask: OpenAsk = { syncId: crypto.randomUUID(), url, askedBy, appName: undefined, isTaken: false, refusal: undefined };
    this.#asks.set(ask.syncId, ask);
    return ask;
  }

  close({ syncId }: OpenAsk): void {
    this.#asks.delete(syncId);
  }

  /** `undefined`: the app registers by itself, or answers a sync that is over or somebody else's. */
  find({ syncId, wasAsked, url }: AnswersWhat): OpenAsk | undefined {
    if (syncId !== undefined) return this.#asks.get(syncId);
    const asks = [...this.#asks.values()];
    if (url === undefined) return wasAsked && asks.length === 1 ? asks[0] : undefined;
    const key = normaliseAppUrl(url);
    return asks.find((ask) => normaliseAppUrl(ask.url) === key);
  }
}
