import { stepwell } from "../client.ts";
import { act } from "../services.ts";

export const publish = stepwell.createFunction(
  {
    id: "publish",
    triggers: { event: "doc/edited" },
    debounce: { period: "30s", timeout: "5m", key: "event.data.doc" },
  },
  ({ event, step }) => step.run("render", () => act(`render ${event.data.doc} ${event.data.text}`)),
);

export const insertRows = stepwell.createFunction(
  {
    id: "insert-rows",
    triggers: { event: "meter/read" },
    batchEvents: {
      maxSize: 3,
      timeout: "10s",
      key: "event.data.site",
      if: "event.data.alarm != true",
    },
  },
  ({ events, step }) =>
    step.run("insert", () => act(`insert ${events.map(({ data }) => data.value).join(" ")}`)),
);
