import type { Server } from "node:http";
import { Stepwell } from "stepwell";
import { createServer } from "stepwell/node";
import { act } from "../services.ts";

/** As a store of secrets gives them. */
export interface Secrets {
  readonly stepwellUrl: string;
  readonly signingKey: string;
  readonly oldSigningKey: string;
  /** For the proxy that stands before the server. */
  readonly accessToken: string;
}

const stepwell = new Stepwell({ id: "shop", isDev: false });

const pack = stepwell.createFunction(
  { id: "pack", triggers: { event: "shop/order.paid" } },
  ({ event, step }) => step.run("pack", () => act(`pack ${event.data.order}`)),
);

export function createShop(secrets: Secrets, origin: string): Server {
  return createServer({
    client: stepwell,
    functions: [pack],
    baseUrl: secrets.stepwellUrl,
    signingKey: secrets.signingKey,
    signingKeyFallback: secrets.oldSigningKey,
    fetch: (resource, init) => {
      const headers = new Headers(init?.headers);
      headers.set("x-access-token", secrets.accessToken);
      return fetch(resource, { ...init, headers });
    },
    serveOrigin: origin,
    servePath: "/api/stepwell",
    registersAtStart: false,
  });
}
