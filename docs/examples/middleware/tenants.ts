import { Middleware, Stepwell } from "stepwell";
import { act } from "../services.ts";

class Tenants extends Middleware.BaseMiddleware {
  readonly id = "tenants";
  #tenant = "nobody";

  override transformFunctionInput(args: Middleware.TransformFunctionInputArgs) {
    this.#tenant = args.ctx.event.data.tenant;
    return { ...args, ctx: { ...args.ctx, tenant: this.#tenant } };
  }

  override transformStepInput(args: Middleware.TransformStepInputArgs) {
    if (args.stepInfo.stepType !== "invoke") return args;
    const [{ payload, ...invoked }] = args.input as [{ payload: { data: object } }];
    const data = { tenant: this.#tenant, ...payload.data };
    return { ...args, input: [{ ...invoked, payload: { ...payload, data } }] };
  }
}

const stepwell = new Stepwell({ id: "shop" });

export const price = stepwell.createFunction({ id: "price" }, ({ event }) => ({
  total: event.data.tenant === "acme" ? 10 : 12,
}));

export const audit = stepwell.createFunction(
  { id: "audit", triggers: { event: "shop/order.paid" }, middleware: [Tenants] },
  async ({ event, step, tenant }) => {
    const { total } = await step.invoke("price", { function: price, data: {} });
    await step.run("note", () => act(`${tenant}: ${event.data.order} over ${total}`));
  },
);
