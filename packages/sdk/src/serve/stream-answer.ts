import { asJson } from "@stepwell/protocol";
import { type Answer, jsonAnswer } from "../wire/answer.ts";
import { signatureFor, type Verified } from "./verify-request.ts";

/** A space so often keeps hosts and proxies from ending a connection that says nothing, in ms. */
const breathMs = 3_000;

/** A streamed reply: spaces while it is under way, then the real one in an envelope, which has its signature. */
export function streamAnswer(answer: Promise<Answer>, verified: Verified, headers: Readonly<Record<string, string>>): Response {
  return new Response(bodyOf(signed(answer, verified)), { status: 201, headers });
}

async function signed(answer: Promise<Answer>, verified: Verified): Promise<Answer> {
  const { status, body, headers } = await answer.catch((error: unknown) =>
    jsonAnswer(500, { code: "internal_error", message: String(error) }),
  );
  return { status, body, headers: { ...headers, ...(await signatureFor(verified, body, Date.now())) } };
}

function bodyOf(answer: Promise<Answer>): ReadableStream<Uint8Array> {
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
