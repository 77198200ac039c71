// What each runner is given to test.

import { readFile } from "node:fs/promises";
import { Stepwell, type StepwellFunction } from "stepwell";

export interface Shop {
  readonly client: Stepwell;
  readonly drip: StepwellFunction;
  readonly broken: StepwellFunction;
}

export function shop(): Shop {
  const client = new Stepwell({ id: "shop" });
  return {
    client,
    drip: client.createFunction({ id: "drip" }, { event: "user/created" }, async ({ event, step }) => {
      await step.run("welcome", () => `to ${event.data["id"]}`);
      await step.sleep("a month", "30 days");
      const { ids } = await client.send({ name: "user/aged" });
      return ids.length;
    }) as StepwellFunction,
    // An error of Node's own, which in some runners is of another realm than the test's.
    broken: client.createFunction({ id: "broken", retries: 0 }, { event: "break" }, ({ step }) =>
      step.run("read", () => readFile("/no/such/file", "utf8")),
    ) as StepwellFunction,
  };
}
