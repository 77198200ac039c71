// Middleware of its own, in a file of its own: the compiler then names other types than beside an import of `Middleware`.

import { Middleware, Stepwell } from "stepwell";

export class Younger extends Middleware.BaseMiddleware {
  readonly id = "younger";
  override transformFunctionInput(args: Middleware.TransformFunctionInputArgs) {
    return { ...args, ctx: { ...args.ctx, till: 3 } };
  }
}

export const stepwell = new Stepwell({ id: "shop", middleware: [Younger] });
export const tilled = stepwell.createFunction({ id: "tilled", triggers: [{ event: "order/placed" }] }, async ({ till }) => till + 1);
