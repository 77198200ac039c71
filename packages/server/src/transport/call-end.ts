/** What a call waits for, and can give up. */
export interface Pending<Result> {
  readonly reply: Promise<Result>;
  giveUp(reason: Error): void;
}

/** Whether a call has been given up, and what it waits for: one exchange after another, where it is redirected. */
export class CallEnd {
  reason: Error | undefined;
  #pending: Pending<unknown> | undefined;

  giveUp(reason: Error): void {
    this.reason ??= reason;
    this.#pending?.giveUp(this.reason);
  }

  watch<Result>(pending: Pending<Result>): Promise<Result> {
    this.#pending = pending;
    if (this.reason !== undefined) pending.giveUp(this.reason);
    return pending.reply;
  }
}
