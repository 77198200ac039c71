import { Stepwell } from "stepwell";

/** What the server has refused. */
export const refused: string[] = [];

export const stepwell = new Stepwell({
  id: "shop",
  fetch: async (resource, init) => {
    const response = await fetch(resource, init);
    if (!response.ok) refused.push(`${response.status} ${new URL(response.url).pathname}`);
    return response;
  },
});
