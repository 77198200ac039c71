import type { Store } from "@stepwell/store";
import { expect, test } from "vitest";
import { VirtualClock } from "../../testing/index.ts";
import { ClaimLoop } from "./claim-loop.ts";
import { WokenRuns } from "./woken-runs.ts";

test("places that become free in one turn are filled by one claim, at its end", async () => {
  const clock = new VirtualClock();
  const limits: number[] = [];
  let room = 0;
  const claim = ({ limit }: { readonly limit: number }) => {
    limits.push(limit);
    room -= limit;
    return Promise.resolve({ items: [], more: true });
  };
  const loop = new ClaimLoop({
    store: { holder: { id: 1, epoch: 1 }, queue: { claim } } as unknown as Store,
    clock,
    room: () => room,
    except: () => [],
    woken: new WokenRuns(),
    take: () => Promise.resolve(),
    onOver: () => undefined,
    onReadiness: () => undefined,
    onFailure: (error) => {
      throw error;
    },
  });
  loop.start();
  for (let freed = 0; freed < 7; freed += 1) {
    room += 1;
    loop.onRoom();
  }
  expect(limits).toEqual([]);
  clock.endTurn();
  await new Promise((resolve) => setImmediate(resolve));
  expect(limits).toEqual([7]);
  clock.endTurn();
  room = 1_000;
  loop.onRoom();
  clock.endTurn();
  expect(limits).toEqual([7, 250]);
});
