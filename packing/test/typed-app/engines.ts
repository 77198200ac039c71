// An engine in the process and the test kit, as an application writes them down.

import { createEngine, type EmbeddedEngine, openReader } from "@stepwell/embedded";
import { createApi } from "@stepwell/embedded/api";
import { createTestEngine, type TestEngine, type TestRun } from "@stepwell/testing";
import { fulfil } from "./sdk.js";

export async function start(): Promise<EmbeddedEngine> {
  return createEngine({ functions: [fulfil], store: { file: "app.db" } });
}

export const mount = (engine: EmbeddedEngine) => createApi(engine, { basePath: "/stepwell" });
export const read = () => openReader({ store: { file: "app.db" } });
export const engineOfTest = (): Promise<TestEngine> => createTestEngine({ functions: [fulfil] });

export async function isFulfilled(t: TestEngine): Promise<TestRun | undefined> {
  const { runs } = await t.send({ name: "order/placed", data: { total: 42 } });
  await t.advance("3 days");
  await t.assert.completed(fulfil);
  return runs[0];
}
