import { Middleware, Stepwell } from "stepwell";
import { act } from "../services.ts";

/** What a tracing service has been sent. */
export const sent: string[] = [];

class Tracing extends Middleware.BaseMiddleware {
  readonly id = "tracing";
  readonly #spans: string[] = [];

  static override onRegister({ client, fn }: Middleware.OnRegisterArgs) {
    sent.push(`traces ${fn === null ? `the app ${client.id}` : `the function ${fn.slug}`}`);
  }

  override async wrapRequest({ runId, next }: Middleware.WrapRequestArgs) {
    const response = await next();
    // A host may freeze the process as soon as it has answered.
    sent.push(`${runId}: ${this.#spans.join(", ")}`);
    return response;
  }

  override transformFunctionInput(args: Middleware.TransformFunctionInputArgs) {
    this.#spans.push(`replays ${Object.keys(args.steps).length}`);
    return args;
  }

  override onMemoizationEnd() {
    this.#spans.push("goes on");
  }
}

const stepwell = new Stepwell({ id: "shop" });

export const wrap = stepwell.createFunction(
  { id: "wrap", triggers: { event: "shop/order.packed" }, middleware: [Tracing] },
  async ({ event, step }) => {
    await step.run("wrap", () => act(`wrap ${event.data.order}`));
    await step.sleep("let-it-dry", "1h");
    await step.run("label", () => act(`label ${event.data.order}`));
  },
);
