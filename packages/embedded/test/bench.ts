// A folder with a database, and clients, for one test.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stepwell, type StepwellFunction } from "stepwell";
import { onTestFinished } from "vitest";
import { createEngine, type EmbeddedEngine, type EmbeddedOptions, type RunView } from "../src/index.ts";

/** A database file that is gone with the test. */
export function databaseFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-embedded-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "stepwell.db");
}

export function app(id = "shop"): Stepwell {
  return new Stepwell({ id });
}

export interface Bench {
  readonly engine: EmbeddedEngine;
  readonly file: string;
  /** Sends the event and resolves with the runs that it started, when they are over. */
  run(name: string, data?: object): Promise<readonly RunView[]>;
}

/** An engine that is stopped with the test. */
export async function bench(functions: readonly StepwellFunction[], options: Partial<EmbeddedOptions> = {}): Promise<Bench> {
  const store = options.store ?? ({ file: databaseFile(), synchronous: "off", reader: "inline" } as const);
  const engine = await createEngine({ functions, ...options, store });
  onTestFinished(() => engine.stop({ graceMs: 1_000 }));
  return {
    engine,
    file: engine.file,
    async run(name, data = {}) {
      const { ids } = await engine.send({ name, data: data as Record<string, unknown> });
      const runs = await engine.runs.list({ eventId: ids[0] ?? "" });
      return Promise.all(runs.map(({ id }) => engine.result(id)));
    },
  };
}
