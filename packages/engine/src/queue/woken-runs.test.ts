import type { RunId } from "@stepwell/protocol";
import type { ClaimedItem } from "@stepwell/store";
import { expect, test } from "vitest";
import { WokenRuns } from "./woken-runs.ts";

const item = (runId: string): ClaimedItem => ({ runId }) as ClaimedItem;
const ids = (items: readonly ClaimedItem[]): readonly string[] => items.map(({ runId }) => runId);

test("runs are taken in the order in which they were woken, each once", () => {
  const woken = new WokenRuns();
  for (const id of ["b", "a", "c"]) woken.add(item(id));
  expect([woken.size, woken.has("a" as RunId)]).toEqual([3, true]);
  expect(ids(woken.take(2))).toEqual(["b", "a"]);
  expect(woken.has("a" as RunId)).toBe(false);
  expect(ids(woken.take(9))).toEqual(["c"]);
  expect([woken.size, woken.take(1)]).toEqual([0, []]);
});

test("there is room for so many, and again when some were taken", () => {
  const woken = new WokenRuns();
  for (let index = 0; index < 20_000; index += 1) woken.add(item(`r${index}`));
  expect(woken.hasRoom).toBe(false);
  woken.take(1);
  expect(woken.hasRoom).toBe(true);
});
