import { stepwell } from "../client.ts";
import { act } from "../services.ts";

export const resize = stepwell.createFunction(
  { id: "resize", concurrency: 2, triggers: { event: "image/uploaded" } },
  ({ event, step }) => step.run("resize", () => act(`resize ${event.data.image}`)),
);

export const ledger = stepwell.createFunction(
  {
    id: "ledger",
    triggers: { event: "account/moved" },
    concurrency: { limit: 1, key: "event.data.account" },
  },
  ({ event, step }) => step.run("write", () => act(`ledger ${event.data.account}`)),
);

export const transcribe = stepwell.createFunction(
  {
    id: "transcribe",
    triggers: { event: "call/ended" },
    concurrency: [{ limit: 10 }, { scope: "env", key: "'gpu'", limit: 2 }],
  },
  ({ event, step }) => step.run("transcribe", () => act(`transcribe call ${event.data.call}`)),
);

export const summarise = stepwell.createFunction(
  {
    id: "summarise",
    triggers: { event: "call/ended" },
    concurrency: { scope: "env", key: "'gpu'", limit: 2 },
  },
  ({ event, step }) => step.run("summarise", () => act(`summarise call ${event.data.call}`)),
);

export const translate = stepwell.createFunction(
  {
    id: "translate",
    triggers: { event: "call/ended" },
    concurrency: { scope: "account", key: "event.data.provider", limit: 1 },
  },
  ({ event, step }) => step.run("translate", () => act(`translate ${event.data.call}`)),
);

export const migrate = stepwell.createFunction(
  {
    id: "migrate",
    triggers: { event: "tenant/upgraded" },
    concurrency: { fn: [{ limit: 1, key: "event.data.region" }], step: [{ limit: 4 }] },
  },
  async ({ event, step }) => {
    await step.run("copy", () => act(`copy ${event.data.tenant}`));
    await step.sleep("let-replicas-follow", "10m");
    await step.run("switch", () => act(`switch ${event.data.tenant}`));
  },
);
