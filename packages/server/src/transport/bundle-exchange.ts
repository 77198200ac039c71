// One request that brings several calls, and the replies as they are done.
//
// B1. Each call is answered once: by its reply, by what went wrong with the exchange, or by being told to go alone.
// B2. An app that does not take several calls has run none of them: then each goes alone.
// B3. A reply is bounded as it comes in; one that is too long ends the exchange, and those behind it with it.

import { headerNames, limits, parseBundledReply, type RawReply, type Reply } from "@stepwell/protocol";
import type { Dispatcher } from "undici";
import { flattenHeaders } from "./flatten-headers.ts";
import type { PendingCall } from "./pending-call.ts";
import { tooLarge } from "./too-large.ts";

export interface BundleRequest {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What stands around a reply is short. */
const aroundBytesMax = 65_536;
const newLine = 10;

export class BundleExchange implements Dispatcher.DispatchHandler {
  readonly #calls: readonly PendingCall[];
  readonly #onForeign: () => void;
  #headers: Record<string, string> = {};
  #around: string | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #isForeign = false;

  /** @param onForeign - The app takes one call at a time. */
  constructor(dispatcher: Dispatcher, request: BundleRequest, calls: readonly PendingCall[], onForeign: () => void) {
    this.#calls = calls;
    this.#onForeign = onForeign;
    dispatcher.dispatch({ ...request, method: "POST" }, this);
  }

  onRequestStart(): void {
    // Nothing is to be done before the app answers; undici asks for the method.
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (status < 200) return;
    if (status === 200 && headers[headerNames.bundles] !== undefined) {
      this.#headers = flattenHeaders(headers);
      return;
    }
    this.#isForeign = true;
    this.#onForeign();
    for (const call of this.#calls) call.goAlone();
    controller.abort(new Error("the app takes one call at a time"));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    for (let from = 0; from < chunk.length; ) {
      const end = chunk.indexOf(newLine, from);
      const part = chunk.subarray(from, end === -1 ? chunk.length : end);
      this.#bytes += part.length;
      if (this.#bytes > (this.#around === undefined ? aroundBytesMax : limits.replyBytesMax)) {
        this.#refuseLong();
        return controller.abort(new Error("a reply is longer than it may be"));
      }
      if (end === -1) {
        this.#chunks.push(part);
        return;
      }
      this.#endLine(part);
      from = end + 1;
    }
  }

  onResponseEnd(): void {
    this.#fail(new Error("the app ended its reply before that of this call"));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (!this.#isForeign) this.#fail(error);
  }

  #endLine(last: Buffer): void {
    const line = this.#chunks.length === 0 ? last : Buffer.concat([...this.#chunks, last]);
    this.#chunks = [];
    this.#bytes = 0;
    const text = line.toString("utf8");
    if (this.#around === undefined) {
      // An empty line says that the app is still there.
      if (text !== "") this.#around = text;
      return;
    }
    const reply = parseBundledReply(this.#around, text);
    this.#around = undefined;
    if (reply !== undefined)
      this.#calls[reply.index]?.answer({ status: reply.status, headers: { ...this.#headers, ...reply.headers }, body: text });
  }

  #refuseLong(): void {
    const reply: RawReply | undefined = this.#around === undefined ? undefined : parseBundledReply(this.#around, "");
    const index = reply === undefined ? -1 : (reply as RawReply & { readonly index: number }).index;
    const refusal: Reply = tooLarge(reply?.status);
    this.#calls[index]?.answer(refusal);
    this.#fail(new Error("the reply of another call was longer than it may be, and ended the exchange"));
  }

  #fail(error: Error): void {
    for (const call of this.#calls) call.giveUp(error);
  }
}
