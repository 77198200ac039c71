// What an application exports of its own has types that can be written down: `declaration: true`.

import {
  cron,
  dependencyInjectionMiddleware,
  EventSchemas,
  eventType,
  group,
  Inngest,
  InngestMiddleware,
  invoke,
  NonRetriableError,
  referenceFunction,
  Stepwell,
  staticSchema,
  step,
} from "stepwell";
import { serve as serveAstro } from "stepwell/astro";
import { serve as serveBun } from "stepwell/bun";
import { serve as serveCloudflare } from "stepwell/cloudflare";
import { serve as serveEdge } from "stepwell/edge";
import { encryptionMiddleware } from "stepwell/encryption";
import { serve as serveExpress } from "stepwell/express";
import { fastifyPlugin } from "stepwell/fastify";
import { serve as serveH3 } from "stepwell/h3";
import { serve as serveHono } from "stepwell/hono";
import { serve as serveKoa } from "stepwell/koa";
import { serve as serveLambda } from "stepwell/lambda";
import { serve as serveNext } from "stepwell/next";
import { serve as serveNode } from "stepwell/node";
import { serve as serveRemix } from "stepwell/remix";
import { serve as serveSvelte } from "stepwell/sveltekit";

type Events = { "order/placed": { data: { total: number } }; "order/paid": { data: { by: string } } };

export const stepwell = new Stepwell({ id: "shop" });
export const schemas = new EventSchemas().fromRecord<Events>();
export const inngest = new Inngest({ id: "shop", schemas, middleware: [encryptionMiddleware({ key: "k" })] });
export const paid = eventType("order/paid");
export const shipped = eventType("order/shipped", { schema: staticSchema<{ parcel: string }>() });
export const shipment = shipped.create({ parcel: "p1" });
export const ship = stepwell.createFunction({ id: "ship", triggers: [shipped] }, async ({ event }) => event.data.parcel);
export const nightly = stepwell.createFunction({ id: "nightly", triggers: [cron("0 3 * * *")] }, async ({ event }) => event.data);
export const asked = stepwell.createFunction(
  { id: "asked", triggers: [invoke(staticSchema<{ n: number }>())] },
  async ({ event }) => event.data.n,
);

export const elder = new InngestMiddleware({
  name: "elder",
  init: () => ({ onFunctionRun: () => ({ transformInput: () => ({ ctx: { shop: "main" } }) }) }),
});
export const withMiddleware = new Stepwell({
  id: "shop",
  schemas: new EventSchemas().fromRecord<Events>().fromUnion<{ name: "order/lost"; data: { why: string } }>(),
  middleware: [elder, dependencyInjectionMiddleware({ bank: "ours" })],
});
export const withContext = withMiddleware.createFunction({ id: "with-context", triggers: [{ event: "order/lost" }] }, async (context) => ({
  why: context.event.data.why,
  bank: context.bank,
  shop: context.shop,
}));

export const fulfil = inngest.createFunction({ id: "fulfil" }, { event: "order/placed" }, async ({ event, step: tools }) => {
  const total: number = event.data.total;
  const charge = await tools.run("charge", () => ({ charged: total, at: new Date() }));
  const payment = await tools.waitForEvent("paid", { event: "order/paid", timeout: "1h" });
  if (payment === null) throw new NonRetriableError("unpaid");
  const by: string = payment.data.by;
  return { by, at: charge.at };
});

export const listen = stepwell.createFunction({ id: "listen", triggers: [paid, { cron: "0 8 * * *" }] }, async ({ event }) => event.name);

export const both = stepwell.createFunction({ id: "both", triggers: [{ event: "order/placed" }] }, async () => {
  const [one, two] = await group.parallel(async () => Promise.all([step.run("one", () => 1), step.run("two", () => "2")]));
  return { one, two };
});

export const reference = referenceFunction<typeof fulfil>({ functionId: "fulfil" });
export const send = async () => inngest.send({ name: "order/placed", data: { total: 42 } });

export const functions = [fulfil, listen, both];
export const { GET, POST, PUT } = serveNext({ client: inngest, functions });
export const express = serveExpress({ client: inngest, functions });
export const handlers = {
  astro: serveAstro({ client: inngest, functions }),
  bun: serveBun({ client: inngest, functions }),
  cloudflare: serveCloudflare({ client: inngest, functions }),
  edge: serveEdge({ client: inngest, functions }),
  fastify: fastifyPlugin,
  h3: serveH3({ client: inngest, functions }),
  hono: serveHono({ client: inngest, functions }),
  koa: serveKoa({ client: inngest, functions }),
  lambda: serveLambda({ client: inngest, functions }),
  node: serveNode({ client: inngest, functions }),
  remix: serveRemix({ client: inngest, functions }),
  sveltekit: serveSvelte({ client: inngest, functions }),
};
