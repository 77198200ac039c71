// Calls of one app that are made in the same turn of the event loop go to it in one request, where it takes them so. Whether
// it does, its replies say; nothing of it is stored.

import { bundleParameter, headerNames, limits } from "@stepwell/protocol";
import type { Dispatcher } from "undici";
import { BundleExchange } from "./bundle-exchange.ts";
import { PendingCall } from "./pending-call.ts";

export interface CallBundlesOptions {
  readonly dispatcher: () => Dispatcher;
  /** Of a body; absent where calls are not signed. */
  readonly signatureOf: (body: string) => string | undefined;
}

/** Addresses that are remembered; beyond it they are learnt anew. */
const addressesMax = 10_000;
/** An app that said it takes several and did not is believed again after so many replies. */
const repliesUnheeded = 1_000;

export class CallBundles {
  readonly #options: CallBundlesOptions;
  /** Of apps that take several calls. */
  readonly #known = new Set<string>();
  /** Of those that did not, how many replies are still not heeded. */
  readonly #refused = new Map<string, number>();
  readonly #waiting = new Map<string, PendingCall[]>();

  constructor(options: CallBundlesOptions) {
    this.#options = options;
  }

  /** What the reply of a call says of its app. */
  learn(address: string, headers: Readonly<Record<string, unknown>>): void {
    if (headers[headerNames.bundles] === undefined) return;
    const unheeded = this.#refused.get(address) ?? 0;
    if (unheeded > 0) {
      if (unheeded === 1) this.#refused.delete(address);
      else this.#refused.set(address, unheeded - 1);
      return;
    }
    if (this.#known.size >= addressesMax) this.#known.clear();
    this.#known.add(address);
  }

  #refuse(address: string): void {
    this.#known.delete(address);
    if (this.#refused.size >= addressesMax) this.#refused.clear();
    this.#refused.set(address, repliesUnheeded);
  }

  takes(address: string): boolean {
    return this.#known.size !== 0 && this.#known.has(address);
  }

  /** @param text - The call, as it stands in a request with others. */
  add(address: string, text: string): PendingCall {
    const call = new PendingCall(text);
    const waiting = this.#waiting.get(address);
    if (waiting === undefined) {
      this.#waiting.set(address, [call]);
      setImmediate(() => this.#send(address));
    } else {
      waiting.push(call);
      if (waiting.length >= limits.callsPerBundleMax) this.#send(address);
    }
    return call;
  }

  #send(address: string): void {
    // What was given up meanwhile is not made.
    const calls = this.#waiting.get(address)?.filter(({ isSettled }) => !isSettled);
    if (calls === undefined) return;
    this.#waiting.delete(address);
    if (calls.length === 0) return;
    if (calls.length === 1) return calls[0]?.goAlone();
    const body = calls.map(({ text }) => text).join("");
    const signature = this.#options.signatureOf(body);
    const headers = {
      // What frameworks hand over as it came.
      "content-type": "text/plain; charset=utf-8",
      "user-agent": "Inngest",
      [headerNames.stepwellVersion]: "1",
      ...(signature === undefined ? {} : { [headerNames.signature]: signature }),
    };
    const url = new URL(address);
    url.searchParams.set(bundleParameter, "1");
    const request = { origin: url.origin, path: url.pathname + url.search, headers, body };
    new BundleExchange(this.#options.dispatcher(), request, calls, () => this.#refuse(address));
  }
}
