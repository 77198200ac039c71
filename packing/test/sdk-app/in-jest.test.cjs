const { Stepwell } = require("stepwell");
const { serve } = require("stepwell/edge");

test("an app can be asked what it serves", async () => {
  const stepwell = new Stepwell({ id: "shop", isDev: true });
  const fulfil = stepwell.createFunction({ id: "fulfil", triggers: [{ event: "order/placed" }] }, async () => "done");
  const response = await serve({ client: stepwell, functions: [fulfil] })(new Request("http://localhost/api/stepwell"));
  expect(await response.json()).toMatchObject({ function_count: 1 });
});
