// What people and their programs ask for besides sending events: signals, runs by hand, cancellations, registrations,
// and nonsense.

import { asJson, type EventIdSeed, epochMs, limits, type RunId } from "@stepwell/protocol";
import { keyCount, signalNames } from "./cast.ts";
import type { SenderParts } from "./senders.ts";

/** For so long a key is remembered, whatever clocks did meanwhile. */
const rememberedMs = limits.dedupeWindowMs - 4 * 3_600_000;

export class People {
  readonly #parts: SenderParts;
  #signals = 0;
  #revision = 0;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** Each signal has a number of its own, so that one that is told twice is seen. */
  async signal(): Promise<void> {
    const { world, ledger, request } = this.#parts;
    this.#signals += 1;
    const number = `signal ${this.#signals}`;
    const signal = world.chance.pick(signalNames);
    const result = await request((engine) => engine.sendSignal({ signal, data: asJson(number) }));
    if (result !== undefined) ledger.signals.set(number, result.kind === "received" ? result.runId : "kept");
    world.check();
  }

  async invoke(): Promise<void> {
    const { world, ledger, cast, request } = this.#parts;
    const { chance } = world;
    const functionName = chance.pick(cast.members.filter(({ triggers, app }) => app === "sim" && triggers[0]?.cron === undefined)).slug;
    const key = chance.chance(0.5) ? `key-${chance.below(4)}` : undefined;
    const seed: EventIdSeed = {
      senderNowAt: epochMs(world.clock.now()),
      entropy: Uint8Array.from({ length: 10 }, () => chance.below(256)),
    };
    const payload = { data: { n: 1, key: chance.below(keyCount) } };
    const result = await request((engine) =>
      engine.invokeFunction({ functionName, payload, seed, ...(key === undefined ? {} : { idempotencyKey: key }) }),
    );
    // What is skipped for a singleton has used up nothing, its key included.
    if (cast.find(functionName)?.limits?.singleton !== undefined) return;
    if (result === undefined || !("runId" in result) || key === undefined) return;
    const before = ledger.invoked.get(`${functionName} ${key}`);
    // It may be the duplicate of a run that this key did not start: then the key is as unused as before.
    if (result.kind === "duplicate" && before === undefined && cast.find(functionName)?.limits?.idempotency !== undefined) return;
    if (before !== undefined && before.runId !== result.runId && world.latestNow - before.at < rememberedMs)
      world.violate(`I1 the key ${key} of ${functionName} started run ${before.runId} and then ${result.runId}`);
    ledger.invoked.set(`${functionName} ${key}`, { runId: result.runId, at: world.latestNow });
  }

  async cancelOne(): Promise<void> {
    const { world, ledger, request } = this.#parts;
    const alive = world.watcher.all("select id from runs where ended_at is null order by seq");
    if (alive.length === 0) return;
    const runId = String(world.chance.pick(alive)["id"]) as RunId;
    ledger.cancelAsked.add(runId);
    const result = await request((engine) => engine.cancelRun({ runId, reason: "simulation" }));
    if (result?.kind === "cancelled") ledger.cancelled.add(runId);
  }

  async cancelMany(): Promise<void> {
    const { world, request } = this.#parts;
    const functionIds = world.watcher.all("select id from functions order by id limit 4").map(({ id }) => Number(id));
    const filter = {
      runs: { functionIds: [world.chance.pick(functionIds)] as never },
      ...(world.chance.chance(0.5) ? { expression: "event.data.n > 3" } : {}),
    };
    await request((engine) => engine.bulkCancels.create({ filter, reason: "many", about: asJson({}) }));
  }

  /** One app registers itself again, now and then without one of its functions. */
  async sync(): Promise<void> {
    const { world, ledger, cast, request } = this.#parts;
    this.#revision += 1;
    const app = world.chance.pick(cast.apps);
    if (app === "sim")
      for (const slug of cast.removable) {
        ledger.unsure.add(slug);
        if (world.chance.chance(0.3)) cast.gone.add(slug);
        else cast.gone.delete(slug);
      }
    await request((engine) => engine.syncApp(cast.registration(app, this.#revision)));
  }

  /** Every function is there again, and no schedule fires any more. */
  async restoreAll(): Promise<boolean> {
    const { cast, request } = this.#parts;
    this.#revision += 1;
    cast.gone.clear();
    cast.hasSchedules = false;
    return (await request((engine) => engine.syncApp(cast.registration("sim", this.#revision))))?.kind === "synced";
  }

  /** A request that must be refused as a whole: an invoke of nobody, a cancellation or a registration that nobody can read. */
  async askForNonsense(): Promise<void> {
    const { world, cast, request } = this.#parts;
    const marker = "must not be seen";
    const kind = world.chance.below(3);
    const result =
      kind === 0
        ? await request((engine) => engine.invokeFunction({ functionName: "nobody", payload: { data: { marker } } }))
        : kind === 1
          ? await request((engine) =>
              engine.bulkCancels.create({ filter: { runs: {}, expression: "event.data.n >" }, reason: marker, about: asJson(marker) }),
            )
          : await request((engine) => engine.syncApp(cast.registration("sim", 0, true)));
    if (result === undefined) return;
    if (!["function_not_found", "expression_invalid", "refused"].includes(result.kind))
      world.violate(`I8 a nonsense was answered ${result.kind}`);
    if ("message" in result && result.message.length < 20) world.violate(`I8 a refusal says no more than "${result.message}"`);
    const left =
      world.watcher.one("select 1 from events where data like '%must not be seen%'") ??
      world.watcher.one("select 1 from timers where data like '%must not be seen%'") ??
      world.watcher.one("select 1 from functions where name = 'must not be seen'");
    if (left !== undefined) world.violate("I8 a request that was refused has left something");
  }
}
