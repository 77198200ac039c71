import { asJson } from "@stepwell/protocol";
import { type Answer, jsonAnswer } from "../wire/answer.ts";
import type { Streamed } from "./answered.ts";
import { signatureFor } from "./signature-for.ts";
import type { Verified } from "./verify-request.ts";

/** A space so often keeps hosts and proxies from ending a connection that says nothing, in ms. */
const breathMs = 3_000;

/** A streamed reply: spaces while it is under way, then the real one in an envelope, which has its signature. */
export function streamAnswer(answer: Promise<Answer>, verified: Verified): Streamed {
  return (sink) => {
    let isOpen = true;
    const timer = setInterval(() => sink.write(" "), breathMs);
    const stop = (): void => {
      isOpen = false;
      clearInterval(timer);
    };
    sink.write(" ");
    void signed(answer, verified).then(({ status, headers = {}, body }) => {
      if (!isOpen) return;
      stop();
      sink.write(asJson({ status, headers, body }));
      sink.end();
    });
    return stop;
  };
}

async function signed(answer: Promise<Answer>, verified: Verified): Promise<Answer> {
  const { status, body, headers } = await answer.catch((error: unknown) =>
    jsonAnswer(500, { code: "internal_error", message: String(error) }),
  );
  return { status, body, headers: { ...headers, ...(await signatureFor(verified, body, Date.now())) } };
}
