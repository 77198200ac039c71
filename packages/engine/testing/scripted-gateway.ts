import type { GatewayRequest } from "@stepwell/protocol";
import type { Gateway, GatewayReply } from "../src/seams/gateway.ts";

/** Third parties without a network: each request is answered by a function, and remembered. */
export class ScriptedGateway implements Gateway {
  readonly requests: GatewayRequest[] = [];
  readonly #answer: (request: GatewayRequest, number: number) => GatewayReply | Promise<GatewayReply>;

  /** `number`: which request it is, from 1. */
  constructor(answer: (request: GatewayRequest, number: number) => GatewayReply | Promise<GatewayReply>) {
    this.#answer = answer;
  }

  async send(request: GatewayRequest, signal: AbortSignal): Promise<GatewayReply> {
    this.requests.push(request);
    const givenUp = new Promise<GatewayReply>((resolve) =>
      signal.addEventListener("abort", () =>
        resolve({ kind: "failed", code: "gateway_failed", message: "it was given up", isFinal: false }),
      ),
    );
    return Promise.race([this.#answer(request, this.requests.length), givenUp]);
  }
}
