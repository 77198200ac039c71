import { InngestMiddleware, Stepwell } from "stepwell";
import { act } from "../services.ts";

/** What a tracing service has been sent. */
export const spans: string[] = [];

const tracing = new InngestMiddleware({
  name: "tracing",
  init: ({ client }) => ({
    onFunctionRun: ({ ctx, fn, steps }) => {
      const span = (what: string) => void spans.push(what);
      span(`${client.id}, ${ctx.event.name}, ${steps.length} remembered by ${fn.slug}`);
      return {
        beforeMemoization: () => span("replays"),
        afterMemoization: () => span("has replayed"),
        beforeExecution: () => span("runs code"),
        afterExecution: () => span("has run code"),
        finished: ({ result }) => span(`finished: ${result.error ?? result.data}`),
        beforeResponse: () => span("answers"),
      };
    },
  }),
});

const stepwell = new Stepwell({ id: "shop", middleware: [tracing] });

export const wrap = stepwell.createFunction(
  { id: "wrap", triggers: { event: "shop/order.packed" } },
  async ({ event, step }) => {
    await step.run("wrap", () => act(`wrap ${event.data.order}`));
    await step.sleep("let-it-dry", "1h");
    return "wrapped";
  },
);
