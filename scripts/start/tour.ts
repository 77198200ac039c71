// The example is used as people would use it; its runs are shown with their steps.

import type { Example, TourParts } from "./example.ts";
import { isSynced } from "./is-synced.ts";
import { ask, until } from "./requests.ts";
import { haveSettled, showRuns } from "./runs.ts";

/** Resolves when its runs have ended or are asleep for long, and have been shown. */
export async function tour(example: Example, parts: TourParts): Promise<void> {
  const { server, app, say } = parts;
  await until("the server is ready", async () => (await ask(`${server}/health`)) !== undefined);
  await until(`the server has found ${example.title} at ${app}`, () => isSynced(server, example.appId, app));
  await example.tour(parts);
  await until("the runs have ended or sleep", () => haveSettled(server, example.runCount));
  await showRuns(server, example.runCount, say);
}
