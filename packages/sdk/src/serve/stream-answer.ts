import { asJson } from "@stepwell/protocol";
import type { Answer } from "../wire/answer.ts";

/** A space so often keeps hosts and proxies from ending a connection that says nothing, in ms. */
const breathMs = 3_000;

/** The body of a streamed reply: spaces while it is under way, then the real one in an envelope. */
export function streamAnswer(answer: Promise<Answer>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let timer: ReturnType<typeof setInterval> | undefined;
  return new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(encoder.encode(" "));
      timer = setInterval(() => controller.enqueue(encoder.encode(" ")), breathMs);
      const { status, headers = {}, body } = await answer;
      clearInterval(timer);
      controller.enqueue(encoder.encode(asJson({ status, headers, body })));
      controller.close();
    },
    cancel() {
      clearInterval(timer);
    },
  });
}
