import { stepwell } from "../client.ts";

export const weather = stepwell.createFunction(
  { id: "weather", triggers: { event: "trip/planned" } },
  async ({ event, step }) => {
    const response = await step.fetch(`${event.data.service}/forecast`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ city: event.data.city }),
    });
    if (!response.ok) return "no forecast";
    const { forecast } = (await response.json()) as { forecast: string };
    return forecast;
  },
);
