// People and programs that send events, each until it is told that they are accepted, as SDKs do; and some that send
// what must be refused.

import type { Engine } from "@stepwell/engine";
import { asJson, type EventIdSeed, epochMs, type IncomingEvent } from "@stepwell/protocol";
import type { Ledger, SentEvent } from "./ledger.ts";
import type { Surroundings } from "./surroundings.ts";
import { eventNames, expectedOf } from "./triggers.ts";

export interface SenderParts {
  readonly world: Surroundings;
  readonly ledger: Ledger;
  readonly slugs: readonly string[];
  /** Asks whoever listens; `undefined`: nobody answered. */
  readonly request: <Result>(work: (engine: Engine) => Promise<Result>) => Promise<Result | undefined>;
}

const triesEveryMs = 100;

/** Sends one event, or several in one request. */
export async function sendSomething(parts: SenderParts): Promise<void> {
  const { world, ledger } = parts;
  const { chance } = world;
  const events = Array.from({ length: chance.chance(0.15) ? 2 + chance.below(4) : 1 }, () => drawEvent(parts));
  // A sender's clock may be wrong; what it asks for is counted from its own time.
  const senderNowAt = epochMs(world.clock.now() + (chance.chance(0.2) ? chance.below(7_200_000) - 3_600_000 : 0));
  const seed: EventIdSeed = { senderNowAt, entropy: Uint8Array.from({ length: 10 }, () => chance.below(256)) };
  const bodies = events.map(
    ({ name, data, externalId }): IncomingEvent => ({
      name,
      data,
      ...(externalId === undefined ? {} : { externalId }),
      ...(data.delayMs === 0 ? {} : { ts: epochMs(senderNowAt + data.delayMs) }),
    }),
  );
  ledger.sending += 1;
  await sendUntilAccepted(parts, events, bodies, seed);
  ledger.sending -= 1;
}

/** A request that must be refused as a whole: an invoke of nobody, or a cancellation whose condition nobody can read. */
export async function askForNonsense({ world, request }: SenderParts): Promise<void> {
  const marker = "must not be seen";
  if (world.chance.chance(0.5)) {
    const payload = { data: { marker } };
    const result = await request((engine) => engine.invokeFunction({ functionName: "nobody", payload }));
    if (result !== undefined && result.kind !== "function_not_found") world.violate(`I8 an invoke of nobody was ${result.kind}`);
  } else {
    const filter = { runs: {}, expression: "event.data.n >" };
    const result = await request((engine) => engine.bulkCancels.create({ filter, reason: marker, about: asJson(marker) }));
    if (result !== undefined && result.kind !== "expression_invalid")
      world.violate(`I8 a cancellation that nobody can read was ${result.kind}`);
  }
  const left =
    world.watcher.one("select 1 from events where data like '%must not be seen%'") ??
    world.watcher.one("select 1 from timers where data like '%must not be seen%'");
  if (left !== undefined) world.violate("I8 a request that was refused has left something");
}

function drawEvent({ world, slugs }: SenderParts): SentEvent {
  const { chance } = world;
  const name = chance.pick(eventNames(slugs));
  const n = chance.chance(0.1) ? "many" : chance.below(10);
  return {
    name,
    data: { n, delayMs: chance.chance(0.1) ? chance.pick([1, 60_000, 3_600_000]) : 0 },
    ...(chance.chance(0.15) ? { externalId: `order-${chance.below(6)}` } : {}),
    expected: expectedOf(name, n, slugs),
  };
}

async function sendUntilAccepted(
  { world, ledger, request }: SenderParts,
  events: readonly SentEvent[],
  bodies: readonly IncomingEvent[],
  seed: EventIdSeed,
): Promise<void> {
  for (;;) {
    const result = await request((engine) => engine.sendEvents({ events: bodies, seed }));
    if (result?.kind === "accepted") {
      for (const [index, id] of result.ids.entries()) {
        const event = events[index];
        if (event !== undefined) ledger.accept(id, event);
      }
      world.check();
      return;
    }
    await new Promise<void>((resolve) => void world.clock.wakeAt(epochMs(world.clock.now() + triesEveryMs), resolve));
  }
}
