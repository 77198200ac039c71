// What the packages say of the oldest Node that runs them holds for what they bring along.

import { expect, test } from "vitest";
import { publishedPackages } from "../src/published-packages.ts";
import { readManifest } from "../src/source-manifest.ts";
import { InstalledApp } from "./installed-app.ts";

const byNodes = Map.groupBy(publishedPackages, ({ node }) => node);

test("it is one for what applications are written with, and one for what has an engine", () => {
  expect([...byNodes.keys()]).toEqual([">=20", "^22.20.0 || ^24.7.0 || >=26.0.0"]);
});

const oldest = [...byNodes].flatMap(([nodes, plans]) => nodes.split(" || ").map((range) => [fullVersion(range), plans] as const));

test.each(oldest)("no dependency asks for a later one than %s", async (nodeVersion, plans) => {
  const packages = plans.map(({ folder }) => readManifest(folder).name);
  // With these settings pnpm installs nothing that says of itself that such a Node does not run it.
  using app = await InstalledApp.install({ files: [], packages, by: "pnpm", settings: { engineStrict: true, nodeVersion } });
  expect(app.folder).not.toBe("");
});

/** `>=20` → `20.0.0`. */
function fullVersion(range: string): string {
  const [major = "", minor = "0", patch = "0"] = range.replace(/^\D+/, "").split(".");
  return [major, minor, patch].join(".");
}
