import type { RawReply, Reply } from "@stepwell/protocol";
import type { Pending } from "./call-end.ts";

/** A call that is sent with others. What happens to it first is what counts. */
export class PendingCall implements Pending<RawReply | Reply | "alone"> {
  /** As it stands in the request. */
  readonly text: string;
  readonly reply: Promise<RawReply | Reply | "alone">;
  /** Told when nobody waits for it any more. */
  onGivenUp: (() => void) | undefined;
  isSettled = false;
  #resolve!: (reply: RawReply | Reply | "alone") => void;
  #reject!: (error: Error) => void;

  constructor(text: string) {
    this.text = text;
    this.reply = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  answer(reply: RawReply | Reply): void {
    this.isSettled = true;
    this.#resolve(reply);
  }

  /** Nobody has seen it: it is to be sent by itself. */
  goAlone(): void {
    this.isSettled = true;
    this.#resolve("alone");
  }

  giveUp(reason: Error): void {
    this.isSettled = true;
    this.#reject(reason);
    this.onGivenUp?.();
  }
}
