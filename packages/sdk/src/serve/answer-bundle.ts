// Calls that came in one request run side by side; each reply is sent when it is there, with what others are there by then.

import { type BundledCall, bundleParameter, encodeBundledReply, parseBundle } from "@stepwell/protocol";
import { nextTurn } from "../replay/next-turn.ts";
import { type Answer, jsonAnswer } from "../wire/answer.ts";
import type { Answered, Streamed } from "./answered.ts";
import type { CallRequest } from "./call-request.ts";

/** An empty line so often keeps hosts and proxies from ending a connection that says nothing, in ms. */
const breathMs = 3_000;
/** For proxies, which otherwise keep short lines until there are many. */
const streamed = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-transform", "x-accel-buffering": "no" };

/** How one of the calls is answered. */
export type AnswerCall = (http: CallRequest, body: string) => Promise<Answer>;

/** The response to several calls; `undefined`: the request brings no such. */
export function answerBundle(
  request: CallRequest,
  body: string,
  headers: Readonly<Record<string, string>>,
  answer: AnswerCall,
): Answered | undefined {
  const calls = parseBundle(body);
  if (calls === undefined) return undefined;
  const run = (call: BundledCall): Promise<Answer> => answer(requestOf(request, call), call.body);
  return { status: 200, headers: { ...headers, ...streamed }, body: answersOf(calls, run) };
}

/** One of the calls as it comes alone. */
function requestOf({ method, url: whole }: CallRequest, { fnId, stepId, headers }: BundledCall): CallRequest {
  const url = new URL(whole);
  url.searchParams.delete(bundleParameter);
  url.searchParams.set("fnId", fnId);
  url.searchParams.set("stepId", stepId);
  return { method, url: url.href, headers: new Map(Object.entries(headers)) };
}

function answersOf(calls: readonly BundledCall[], run: (call: BundledCall) => Promise<Answer>): Streamed {
  return (sink) => {
    let [ready, left, isOpen] = ["", calls.length, true];
    const timer = setInterval(() => sink.write("\n"), breathMs);
    const stop = (): void => {
      isOpen = false;
      clearInterval(timer);
    };
    const send = (): void => {
      if (!isOpen) return;
      sink.write(ready);
      ready = "";
      if (left > 0) return;
      stop();
      sink.end();
    };
    // An empty line, so that the headers go before any function is done.
    sink.write("\n");
    for (const [index, call] of calls.entries())
      void replyTo(run, call, index).then((text) => {
        left -= 1;
        if (ready === "") nextTurn(send);
        ready += text;
      });
    return stop;
  };
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
