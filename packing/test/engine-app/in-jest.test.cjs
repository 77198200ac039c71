const { createTestEngine } = require("@stepwell/testing");
const { drip } = require("./drip.cjs");

test("a month passes", async () => {
  const t = await createTestEngine({ functions: [drip] });
  await t.send({ name: "user/created", data: { id: 7 } });
  await t.advance("30 days");
  await t.assert.completed(drip, 1);
  await t.assert.sent("user/aged");
  expect(t.stepCalls("welcome")).toHaveLength(1);
  await t.close();
});
