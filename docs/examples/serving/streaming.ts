import { serve } from "stepwell/edge";
import { stepwell } from "../client.ts";

/** Done when the test says so. */
export const film = Promise.withResolvers<string>();

const render = stepwell.createFunction(
  { id: "render", triggers: { event: "film/cut" } },
  ({ step }) => step.run("render", () => film.promise),
);

export const handler = serve({ client: stepwell, functions: [render], streaming: "force" });
