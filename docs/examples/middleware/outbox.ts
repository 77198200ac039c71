import { Middleware, Stepwell } from "stepwell";

/** What was sent. */
export const outbox: string[] = [];

class Outbox extends Middleware.BaseMiddleware {
  readonly id = "outbox";

  override transformSendEvent(args: Middleware.TransformSendEventArgs) {
    const sender = args.fn?.slug ?? "the app";
    const events = args.events.map((event) => ({ ...event, data: { sender, ...event.data } }));
    return { ...args, events };
  }

  override async wrapSendEvent({ events, next }: Middleware.WrapSendEventArgs) {
    const { ids } = await next();
    outbox.push(...events.map(({ name }, index) => `${name} ${ids[index]}`));
    return { ids };
  }
}

export const stepwell = new Stepwell({ id: "shop", middleware: [Outbox] });

export const announce = stepwell.createFunction(
  { id: "announce", triggers: { event: "shop/sale.planned" } },
  ({ step }) => step.sendEvent("announce", { name: "shop/sale.announced" }),
);
