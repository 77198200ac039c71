import type { Reply } from "@stepwell/protocol";

/** Who is given what comes of a call: one of the two, once. */
export interface ReplyTaker {
  take(reply: Reply): void;
  /** A fault of this package; whatever user code does is a reply. */
  fault(error: unknown): void;
}

/** What comes of a call, as a promise. */
export function promisedReply(begin: (taker: ReplyTaker) => void): Promise<Reply> {
  return new Promise((resolve, reject) => {
    begin({ take: resolve, fault: reject });
  });
}
