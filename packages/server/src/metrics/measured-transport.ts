import type { Transport } from "@stepwell/engine";
import type { MetricsTally } from "./metrics-tally.ts";

/** A transport whose calls are counted, with how long each took and how it was answered. */
export function measuredTransport(transport: Transport, tally: MetricsTally): Transport {
  return {
    ...transport,
    async call(call, signal) {
      const before = performance.now();
      const reply = await transport.call(call, signal);
      tally.callEnded(reply.kind === "error" && reply.status === undefined ? "unanswered" : reply.kind, performance.now() - before);
      return reply;
    },
  };
}
