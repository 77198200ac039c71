import { at } from "../api.ts";
import type { App, Call } from "../app.ts";
import { rule } from "../conformance-case.ts";
import { result } from "../reply.ts";
import { pause } from "../until.ts";

/** Six fields, so that a tick can be waited for; the rules are those of five. */
const everySecond = "* * * * * *";

async function ticks(
  app: App,
  count: number,
  trigger: Readonly<Record<string, unknown>> = { cron: everySecond },
): Promise<readonly Call[]> {
  await app.register([{ triggers: [trigger], script: () => result() }]);
  return Promise.all(Array.from({ length: count }, (_, index) => app.call(index + 1)));
}

const nominalOf = ({ body }: Call): number => Date.parse(String(at(body.event, "data", "scheduledAt")));

export const scheduleCases = [
  ...rule("9.6", {
    "a tick is an event of the server's, with the moment it stands for": async ({ app, api, expect }) => {
      const [call] = (await ticks(app, 1)) as [Call];
      const { event } = call.body;
      expect.like(event, { name: "inngest/scheduled.timer", data: { cron: everySecond } });
      const nominal = nominalOf(call);
      expect.equal(nominal % 1_000, 0, "a whole second");
      expect.equal(Date.parse(String(event["id"])), nominal, "the id");
      expect.between(event["ts"], nominal, nominal + 5_000, "the time of the event");
      expect.between(call.at, nominal, nominal + 8_000, "never before its moment");
      expect.equal((await api.run(call.body.ctx.run_id)).run_id, call.body.ctx.run_id, "its run");
    },
    "every moment ticks once": async ({ app, expect }) => {
      const nominals = (await ticks(app, 3)).map(nominalOf);
      expect.equal(new Set(nominals).size, 3, "moments");
      expect.ok([...nominals].sort().at(-1) === Math.max(...nominals), "in their order");
    },
    "a function that is no longer registered does not tick": async ({ app, expect }) => {
      await ticks(app, 1);
      await app.register([{ triggers: [] }]);
      const before = app.calls.length;
      await pause(2_200);
      expect.between(app.calls.length - before, 0, 1, "ticks after it was gone");
    },
  }),
];
