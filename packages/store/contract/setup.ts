import { Bench } from "./bench.ts";
import type { OpenStore } from "./open-store.ts";
import { functionOf, t0 } from "./parts.ts";

/** What every case begins with: a fresh store with one app of two functions. */
export async function setup(openStore: OpenStore): Promise<Bench> {
  const bench = await openStore();
  const { functions } = await bench.store.apps.sync({
    environmentId: bench.store.environmentId,
    name: "shop",
    uuid: "00000000-0000-4000-8000-000000000001",
    url: "http://localhost:3000/api/inngest",
    sdk: "js:4.0.0",
    checksum: "first",
    functions: [functionOf("shop-order"), functionOf("shop-refund")],
    now: t0,
  });
  const [first, second] = functions;
  if (first === undefined || second === undefined) throw new Error("a sync of two functions gave less than two");
  return new Bench(bench, [first.id, second.id]);
}
