// The engines that are open in this process, one for each database file. They are kept where every copy of this module finds
// them: a hot reload loads a new one, and must not open the file a second time.

import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { EngineHost } from "./engine-host.ts";

const key = Symbol.for("stepwell.embedded.engines");

type Engines = Map<string, Promise<EngineHost>>;

/** By `engineKey`. A promise, since two callers may come while the first still opens it. */
export function openEngines(): Engines {
  const holder = globalThis as { [key]?: Engines };
  holder[key] ??= new Map();
  return holder[key];
}

/** One name for one file, whatever links lead to it. */
export function engineKey(file: string): string {
  const path = resolve(file);
  if (existsSync(path)) return realpathSync(path);
  const folder = dirname(path);
  return join(existsSync(folder) ? realpathSync(folder) : folder, basename(path));
}
