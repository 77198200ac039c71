import { serve } from "stepwell/edge";
import { stepwell } from "../client.ts";
import { films } from "../services.ts";

const render = stepwell.createFunction(
  { id: "render", triggers: { event: "film/cut" } },
  ({ event, step }) => step.run("render", () => films.render(event.data.film)),
);

export const handler = serve({ client: stepwell, functions: [render], streaming: "force" });
