import { stepwell } from "../client.ts";
import { act, mail } from "../services.ts";

export const crawl = stepwell.createFunction(
  {
    id: "crawl",
    triggers: { event: "site/added" },
    throttle: { limit: 6, period: "1m", burst: 2, key: "event.data.host" },
  },
  ({ event, step }) => step.run("fetch", () => act(`crawl ${event.data.page}`)),
);

export const notify = stepwell.createFunction(
  {
    id: "notify",
    triggers: { event: "comment/written" },
    rateLimit: { limit: 3, period: "1h", key: "event.data.author" },
  },
  ({ event, step }) => step.run("send-mail", () => mail.send(event.data.author, "New comment")),
);

export const support = stepwell.createFunction(
  {
    id: "support",
    triggers: { event: "question/asked" },
    concurrency: 1,
    priority: { run: "event.data.plan == 'premium' ? 300 : 0" },
  },
  ({ event, step }) => step.run("answer", () => act(`answer ${event.data.customer}`)),
);

export const suggest = stepwell.createFunction(
  {
    id: "suggest",
    triggers: { event: "basket/viewed" },
    rateLimit: { limit: 60, period: "1h", smoothing: true },
  },
  ({ event, step }) => step.run("suggest", () => act(`suggest to ${event.data.user}`)),
);
