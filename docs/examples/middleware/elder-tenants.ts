import { InngestMiddleware, Stepwell } from "stepwell";
import { act } from "../services.ts";

const tenants = new InngestMiddleware({
  name: "tenants",
  init: () => ({
    onFunctionRun: () => ({
      transformInput: ({ ctx, steps }) => ({
        ctx: { tenant: String(ctx.event.data.tenant) },
        steps: steps.map(({ data }) => ({ data: unmask(data) })),
      }),
      transformOutput: ({ result, step }) => {
        // Without `step` it is what the function returns.
        return step === undefined ? undefined : { result: { ...result, data: mask(result.data) } };
      },
    }),
    onSendEvent: () => ({
      transformInput: ({ payloads }) => ({
        payloads: payloads.map((event) => ({ ...event, data: { from: "shop", ...event.data } })),
      }),
      transformOutput: ({ result }) => ({ result: { ids: result.ids, sentBy: "shop" } }),
    }),
  }),
});

export const stepwell = new Stepwell({ id: "shop", middleware: [tenants] });

export const greet = stepwell.createFunction(
  { id: "greet", triggers: { event: "user/created" } },
  async ({ event, step, tenant }) => {
    const card = await step.run("read-card", () => event.data.card);
    await step.sleep("a-day", "1d");
    await step.run("greet", () => act(`${tenant} greets ${event.data.from} ${card}`));
  },
);

const reversed = (text: string) => [...text].reverse().join("");
const mask = (data: unknown) => (typeof data === "string" ? { masked: reversed(data) } : data);
const unmask = (data: unknown) => {
  const { masked } = (data ?? {}) as { readonly masked?: string };
  return masked === undefined ? data : reversed(masked);
};
