// How a request that a step asks for reaches a third party.

import type { GatewayAnswer, GatewayRequest } from "@stepwell/protocol";

export type GatewayReply =
  | ({ readonly kind: "answer" } & GatewayAnswer)
  /** There is no answer. `isFinal`: another try would bring the same. The message names no part of the request that may be a secret. */
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly isFinal: boolean };

export interface Gateway {
  /** Makes the request. Whatever goes wrong on the way is a reply of kind `failed`; it throws only for mistakes of ours. */
  send(request: GatewayRequest, signal: AbortSignal): Promise<GatewayReply>;
}
