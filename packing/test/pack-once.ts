import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { packAll } from "../src/pack-all.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The tarballs' paths by the packages' names. */
    readonly tarballs: Readonly<Record<string, string>>;
  }
}

export default async function packOnce(project: TestProject): Promise<void> {
  project.provide("tarballs", Object.fromEntries(await packAll(join(import.meta.dirname, "../dist"))));
}
