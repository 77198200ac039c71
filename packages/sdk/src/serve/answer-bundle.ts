// Calls that came in one request run side by side; each reply is sent when it is there, with what others are there by then.

import { type BundledCall, encodeBundledReply, parseBundle } from "@stepwell/protocol";
import { nextTurn } from "../replay/next-turn.ts";
import { type Answer, jsonAnswer } from "../wire/answer.ts";

/** An empty line so often keeps hosts and proxies from ending a connection that says nothing, in ms. */
const breathMs = 3_000;

/** The body of the reply to several calls; `undefined`: the request brings no such. */
export function answerBundle(body: string, run: (call: BundledCall) => Promise<Answer>): ReadableStream<Uint8Array> | undefined {
  const calls = parseBundle(body);
  return calls === undefined ? undefined : answersOf(calls, run);
}

function answersOf(calls: readonly BundledCall[], run: (call: BundledCall) => Promise<Answer>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let timer: ReturnType<typeof setInterval> | undefined;
  let isOpen = true;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      let ready = "";
      // An empty line, so that the headers go before any function is done.
      controller.enqueue(encoder.encode("\n"));
      let left = calls.length;
      timer = setInterval(() => controller.enqueue(encoder.encode("\n")), breathMs);
      const send = (): void => {
        if (!isOpen) return;
        controller.enqueue(encoder.encode(ready));
        ready = "";
        if (left > 0) return;
        clearInterval(timer);
        controller.close();
      };
      for (const [index, call] of calls.entries())
        void replyTo(run, call, index).then((text) => {
          left -= 1;
          if (ready === "") nextTurn(send);
          ready += text;
        });
    },
    cancel() {
      isOpen = false;
      clearInterval(timer);
    },
  });
}

/** Never rejects: whatever is wrong with one answer is the failure of one call. */
async function replyTo(run: (call: BundledCall) => Promise<Answer>, call: BundledCall, index: number): Promise<string> {
  try {
    const { status, headers = {}, body } = await run(call);
    return encodeBundledReply({ index, status, headers, body });
  } catch (error) {
    const { status, body } = jsonAnswer(500, { code: "internal_error", message: error instanceof Error ? error.message : String(error) });
    return encodeBundledReply({ index, status, headers: {}, body });
  }
}
