// What each runner is given to test, in CommonJS: from a module it is imported all the same.

const { Stepwell } = require("stepwell");

const stepwell = new Stepwell({ id: "shop" });
exports.drip = stepwell.createFunction({ id: "drip", triggers: [{ event: "user/created" }] }, async ({ event, step }) => {
  await step.run("welcome", () => `to ${event.data.id}`);
  await step.sleep("a month", "30 days");
  const { ids } = await stepwell.send({ name: "user/aged" });
  return ids.length;
});
