// One HTTP exchange, straight on the pool of connections: a stream for each body and a signal for each request would
// cost more than everything else of a call.
//
// X1. It settles once: with the reply, with what went wrong, or at once when it is given up, wherever it is by then.
// X2. A body is bounded as it comes in; one that is too long ends the exchange and its connection.

import type { Dispatcher } from "undici";

export interface ExchangeParams {
  readonly origin: string;
  /** With the query. */
  readonly path: string;
  /** Without it POST. */
  readonly method?: string;
  /** A list has a name and its value in turn, so that a name may stand there twice. */
  readonly headers: Readonly<Record<string, string>> | string[];
  readonly body?: string;
  readonly replyBytesMax: number;
}

export interface ExchangeReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer | "too_large";
}

export class Exchange implements Dispatcher.DispatchHandler {
  readonly reply: Promise<ExchangeReply>;
  readonly #bytesMax: number;
  #resolve!: (reply: ExchangeReply) => void;
  #reject!: (error: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #reason: Error | undefined;
  #status = 0;
  #headers: ExchangeReply["headers"] = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(dispatcher: Dispatcher, { origin, path, method = "POST", headers, body, replyBytesMax }: ExchangeParams) {
    this.#bytesMax = replyBytesMax;
    this.reply = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const request = { origin, path, method: method as Dispatcher.HttpMethod, headers };
    dispatcher.dispatch(body === undefined ? request : { ...request, body }, this);
  }

  /** Nobody waits for it any more. */
  giveUp(reason: Error): void {
    this.#reason ??= reason;
    this.#reject(reason);
    this.#controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It was given up while it waited for a connection.
    if (this.#reason !== undefined) controller.abort(this.#reason);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: ExchangeReply["headers"]): void {
    // What comes before the reply proper (100, 103) is followed by it.
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#bytesMax) {
      this.#chunks.push(chunk);
      return;
    }
    this.#chunks = [];
    this.#settle("too_large");
    controller.abort(new Error("the reply is longer than it may be"));
  }

  onResponseEnd(): void {
    const [only] = this.#chunks;
    this.#settle(this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error);
  }

  #settle(body: ExchangeReply["body"]): void {
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }
}
