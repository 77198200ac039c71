/** Where an answer goes that comes bit by bit. */
export interface Sink {
  write(text: string): void;
  end(): void;
}

/** Begins to answer; the returned function is called when nobody reads any more. */
export type Streamed = (sink: Sink) => () => void;

/** A response as the handler makes it: hosts that have responses of their own write it without one of the web. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty: there is none. */
  readonly body: string | Streamed;
}

export function toResponse({ status, headers, body }: Answered): Response {
  return new Response(typeof body === "string" ? body || null : readable(body), { status, headers });
}

function readable(begin: Streamed): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let cancel: (() => void) | undefined;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      cancel = begin({
        write: (text) => controller.enqueue(encoder.encode(text)),
        end: () => controller.close(),
      });
    },
    cancel: () => cancel?.(),
  });
}
