import type { Exchange, ExchangeReply } from "./exchange.ts";

/** Whether a call has been given up, and the exchange that it is in: one after another, where it is redirected. */
export class CallEnd {
  reason: Error | undefined;
  #exchange: Exchange | undefined;

  giveUp(reason: Error): void {
    this.reason ??= reason;
    this.#exchange?.giveUp(this.reason);
  }

  watch(exchange: Exchange): Promise<ExchangeReply> {
    this.#exchange = exchange;
    if (this.reason !== undefined) exchange.giveUp(this.reason);
    return exchange.reply;
  }
}
