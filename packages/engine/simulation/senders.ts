// People and programs that send events, each until it is told that they are accepted, as SDKs do.

import type { Engine } from "@stepwell/engine";
import { type EventIdSeed, epochMs, type IncomingEvent } from "@stepwell/protocol";
import { awaitedNames, type Cast, cancelNames, keyCount } from "./cast.ts";
import type { Ledger, SentEvent } from "./ledger.ts";
import type { Surroundings } from "./surroundings.ts";

export interface SenderParts {
  readonly world: Surroundings;
  readonly ledger: Ledger;
  readonly cast: Cast;
  /** Asks whoever listens; `undefined`: nobody answered. */
  readonly request: <Result>(work: (engine: Engine) => Promise<Result>) => Promise<Result | undefined>;
}

const triesEveryMs = 100;
/** In a storm time goes by in small steps: what is due later than this is out of its reach. */
const soonMs = 2_000;
/** So many events of one request start more runs than one commit does. */
const manyEvents = 190;

/** What an event in the nick of time says, and no other does. */
export const nickNumber = 9.5;

/** Sends one event, or several in one request. */
export async function sendSomething(parts: SenderParts): Promise<void> {
  const { chance } = parts.world;
  const count = chance.chance(0.15) ? 2 + chance.below(4) : 1;
  await send(
    parts,
    Array.from({ length: count }, () => drawEvent(parts, drawName(parts))),
  );
}

/** A request that starts more runs than one commit does, or an event that very many functions are started by or wait for. */
export async function sendToMany(parts: SenderParts): Promise<void> {
  const { cast, world } = parts;
  const names = ["sim/many", "sim/crowd"].filter((name) => cast.has(name));
  if (names.length === 0) return;
  const name = world.chance.pick(cast.has("sim/crowd") ? [...names, "sim/gong"] : names);
  await send(
    parts,
    // Without ids of their own: what a cursor starts comes after what later events start.
    Array.from({ length: name === "sim/many" ? manyEvents : 1 }, () => ({
      name,
      data: { n: 1, key: 0, delayMs: 0 },
      expected: cast.expectedOf(name, 1),
      sentAt: world.clock.now(),
    })),
  );
}

/** An event that a wait is for, so late that the wait's time is over while it is accepted, or just not. */
export async function sendInTheNickOfTime(parts: SenderParts): Promise<void> {
  const { world, cast } = parts;
  const open = world.watcher.all(
    "select w.name, w.due_at, e.data from waits w join runs r on r.seq = w.run_seq join events e on e.seq = r.event_seq where w.kind = 0 and w.name like 'sim/%' and w.due_at between ? and ? order by w.due_at limit 3",
    world.latestNow,
    world.latestNow + soonMs,
  );
  if (open.length === 0) return;
  const wait = world.chance.pick(open);
  const name = String(wait["name"]);
  const { key = 0 } = JSON.parse(String(wait["data"])) as { readonly key?: number };
  const leftMs = Number(wait["due_at"]) - world.latestNow - world.chance.below(30);
  await new Promise<void>((resolve) => void world.clock.wakeAt(epochMs(world.clock.now() + Math.max(0, leftMs)), resolve));
  const event = { name, data: { n: nickNumber, key, delayMs: 0 }, expected: cast.expectedOf(name, nickNumber), sentAt: world.clock.now() };
  await send(parts, [event]);
}

function drawName({ world, cast }: SenderParts): string {
  const { chance } = world;
  const leads = cast.members.filter(({ slug }) => /^sim-f\d+$/.test(slug)).map(({ slug }) => slug);
  const kind = chance.below(100);
  if (kind < 35) return chance.pick(awaitedNames);
  if (kind < 42) return chance.pick(cancelNames);
  return chance.pick([...leads, ...leads, "sim/all", "sim/all", "sim/some", "sim/none", "sim-child", "sim-fails"]);
}

function drawEvent({ world, cast }: SenderParts, name: string): SentEvent {
  const { chance } = world;
  const n = chance.chance(0.1) ? "many" : chance.below(10);
  return {
    name,
    data: { n, key: chance.below(keyCount), delayMs: chance.chance(0.1) ? chance.pick([1, 60_000, 3_600_000]) : 0 },
    ...(chance.chance(0.15) ? { externalId: `order-${chance.below(6)}` } : {}),
    expected: cast.expectedOf(name, n),
    sentAt: world.clock.now(),
  };
}

async function send(parts: SenderParts, events: readonly SentEvent[]): Promise<void> {
  const { world, ledger } = parts;
  const { chance } = world;
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
