// One request that brings several calls, and the replies as they are done.
//
// B1. Each call is answered once: by its reply, by what went wrong with the exchange, or by being told to go alone.
// B2. A handler that does not take several calls has run none of them: then each goes alone. What answers in its place may
//     have passed them on: then each is an attempt that failed.
// B3. A reply is bounded as it comes in. One that is too long is the failure of its call alone: what is left of its line is
//     passed over, and the replies behind it are read.
// B4. An exchange that nobody waits for any more ends.

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
  /** The line is longer than it may be: nothing more of it is kept. */
  #isPassedOver = false;
  #isForeign = false;
  #controller: Dispatcher.DispatchController | undefined;

  /** @param onForeign - The app takes one call at a time. */
  constructor(dispatcher: Dispatcher, request: BundleRequest, calls: readonly PendingCall[], onForeign: () => void) {
    this.#calls = calls;
    this.#onForeign = onForeign;
    for (const call of calls) call.onGivenUp = () => this.#endUnheeded();
    dispatcher.dispatch({ ...request, method: "POST" }, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#endUnheeded();
  }

  #endUnheeded(): void {
    if (this.#calls.every(({ isSettled }) => isSettled)) this.#controller?.abort(new Error("nobody waits for the calls any more"));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (status < 200) return;
    if (status === 200 && headers[headerNames.bundles] !== undefined && isPlain(headers["content-encoding"])) {
      this.#headers = flattenHeaders(headers);
      return;
    }
    this.#isForeign = true;
    this.#onForeign();
    const isRefused = status !== 200 && (headers[headerNames.sdkHandled] !== undefined || refusals.has(status));
    if (isRefused) for (const call of this.#calls) call.goAlone();
    else this.#fail(new Error(`several calls were answered with HTTP ${status} by something that is not their handler`));
    controller.abort(new Error("the app takes one call at a time"));
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    for (let from = 0; from < chunk.length; ) {
      const end = chunk.indexOf(newLine, from);
      const part = chunk.subarray(from, end === -1 ? chunk.length : end);
      this.#bytes += part.length;
      if (!this.#isPassedOver && this.#bytes > (this.#around === undefined ? aroundBytesMax : limits.replyBytesMax)) this.#refuseLong();
      if (end === -1) {
        if (!this.#isPassedOver) this.#chunks.push(part);
        return;
      }
      this.#endLine(part);
      from = end + 1;
    }
  }

  onResponseEnd(): void {
    if (this.#calls.some(({ isSettled }) => !isSettled)) this.#onForeign();
    this.#fail(new Error("the app ended its reply before that of this call"));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (!this.#isForeign) this.#fail(error);
  }

  #endLine(last: Buffer): void {
    const around = this.#around;
    const line = this.#chunks.length === 0 ? last : Buffer.concat([...this.#chunks, last]);
    const isPassedOver = this.#isPassedOver;
    this.#chunks = [];
    this.#bytes = 0;
    this.#isPassedOver = false;
    if (isPassedOver) {
      // With what stands around a reply unread, the reply is nobody's.
      this.#around = around === undefined ? "" : undefined;
      return;
    }
    const text = line.toString("utf8");
    if (around === undefined) {
      // An empty line says that the app is still there.
      if (text !== "") this.#around = text;
      return;
    }
    this.#around = undefined;
    const reply = parseBundledReply(around, text);
    if (reply !== undefined)
      this.#answer(reply.index, { status: reply.status, headers: { ...this.#headers, ...reply.headers }, body: text });
  }

  #refuseLong(): void {
    this.#isPassedOver = true;
    this.#chunks = [];
    const reply = this.#around === undefined ? undefined : parseBundledReply(this.#around, "");
    if (reply === undefined) return;
    this.#answer(reply.index, tooLarge(reply.status));
    // Nothing of what is still to come is for anybody.
    this.#endUnheeded();
  }

  #answer(index: number, reply: RawReply | Reply): void {
    this.#calls[index]?.answer(reply);
  }

  #fail(error: Error): void {
    for (const call of this.#calls) if (!call.isSettled) call.giveUp(error);
  }
}

/** Statuses by which a request was turned away before any of it was done. */
const refusals: ReadonlySet<number> = new Set([301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 411, 413, 415, 431]);

function isPlain(encoding: string | string[] | undefined): boolean {
  return encoding === undefined || encoding === "" || encoding === "identity";
}
