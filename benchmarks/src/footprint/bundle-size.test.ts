import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installScripts } from "@stepwell/packing/install-scripts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adapters, bundleSize } from "./bundle-size.ts";

/** What an application may load of the SDK before anything is asked of it, minified and compressed, in bytes. */
const atStartMax = 25_000;
/** What one may that only sends, with all that it loads later. */
const clientMax = 12_000;

const folder = mkdtempSync(join(tmpdir(), "stepwell-bundle-"));
const bundled = { package: "stepwell", client: "Stepwell", folder };
beforeAll(() => installScripts(folder));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Too large? Load what few need when it is needed (packages/sdk/src/serve/later.ts), or do with less.
test.each(adapters)("a bundle of the client and the handler for %s is small at its start", async (adapter) => {
  const { atStart } = await bundleSize(bundled, adapter);
  expect(atStart).toBeLessThanOrEqual(atStartMax);
  // All of it was found: without it, this would measure nothing.
  expect(atStart).toBeGreaterThan(15_000);
});

// Too large? Something that sending needs stands in the handler's file (`together` in packing/src/published-packages.ts).
test("a bundle of the client alone has nothing of the handler", async () => {
  const { inOne } = await bundleSize(bundled);
  expect(inOne).toBeLessThanOrEqual(clientMax);
  expect(inOne).toBeGreaterThan(3_000);
});
