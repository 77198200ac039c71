// The examples of the page are tests themselves; the one for Node's own runner is started here.

import { afterAll, expect, test } from "vitest";
import { cleanUp, pathOf, run } from "./command.ts";

afterAll(cleanUp);

test("in node:test", async () => {
  expect(await run(["--test", pathOf("testing/node-test.ts")]).output()).toMatch(/pass 1/);
});
