import { limits, type Reply } from "@stepwell/protocol";
import { failedCall } from "./call-failure.ts";

/** A reply that is longer than one may be. */
export function tooLarge(status: number | undefined): Extract<Reply, { kind: "error" }> {
  const message = `Your function's response body exceeds the maximum size limit: ${limits.replyBytesMax} bytes (replyBytesMax)`;
  return failedCall("output_too_large", message, status);
}
