import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installScripts } from "@stepwell/packing/install-scripts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adapters, bundleSize } from "./bundle-size.ts";

/** What an application may load of the SDK before anything is asked of it, minified and compressed, in bytes. */
const atStartMax = 25_000;

const folder = mkdtempSync(join(tmpdir(), "stepwell-bundle-"));
beforeAll(() => installScripts(folder));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Too large? Load what few need when it is needed (packages/sdk/src/serve/later.ts), or do with less.
test.each(adapters)("a bundle of the client and the handler for %s is small at its start", async (adapter) => {
  const { atStart } = await bundleSize({ package: "stepwell", client: "Stepwell", folder }, adapter);
  expect(atStart).toBeLessThanOrEqual(atStartMax);
  // All of it was found: without it, this would measure nothing.
  expect(atStart).toBeGreaterThan(15_000);
});
