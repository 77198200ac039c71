import { Stepwell } from "stepwell";

const stepwell = new Stepwell({ id: "shop" });

export default {
  async scheduled(_controller: unknown, env: Record<string, string>): Promise<void> {
    stepwell.setEnvVars(env);
    await stepwell.send({ name: "shop/day.closed" });
  },
};
