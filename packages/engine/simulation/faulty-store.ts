// Stands between one process and the store that owns the file, as a network would: what goes to the store takes time,
// comes twice, comes after its sender has died, or comes from a sender that was taken for dead.

import { asJson, epochMs } from "@stepwell/protocol";
import type { CallUnit, CommitParams, CommitResult, Store, Unit, UnitOutcome } from "@stepwell/store";
import { expectedRefusals } from "./lease-oracle.ts";
import { nickNumber } from "./senders.ts";
import { type Holder, ProcessDied, type Surroundings } from "./surroundings.ts";

const parts = ["queue", "runs", "waits", "timers", "cursors", "retention", "apps"] as const;
/** Besides commits, what is a transaction, whose faults come in around it. */
const writes: ReadonlySet<string | symbol> = new Set(["claim", "takeOver", "prune", "sync", "remove", "setError"]);
/** How an event in the nick of time is told from others. */
const nickMark = asJson({ n: nickNumber }).slice(1, -1);
/** So long it takes to find out that what was sent went nowhere. */
const nowhereMs = 50;
/** These answer at once, from memory. */
const immediate: ReadonlySet<string | symbol> = new Set(["mark", "isAwaited", "pathsOf"]);

/**
 * The store as a process sees it.
 *
 * @param opened - The store that the process opened; while it sleeps, what it does reaches the store of its successor.
 */
export function faultyStore(opened: Store, holder: Holder, world: Surroundings): Store {
  const target = (): Store | undefined => (holder.fate === "alive" ? opened : world.store);
  const partOf = (name: (typeof parts)[number]): unknown =>
    new Proxy(opened[name] as object, {
      get(part, method) {
        const value: unknown = Reflect.get(part, method, part);
        if (typeof value !== "function") return value;
        if (immediate.has(method)) return value.bind(part);
        return (...params: readonly unknown[]): Promise<unknown> =>
          reach(world, holder, target, async (store) => {
            if (!writes.has(method) && world.happens("failRead")) throw new Error("the disk is full, for a moment");
            const result: unknown = await Reflect.apply(Reflect.get(store[name], method) as () => unknown, store[name], params);
            if (name === "queue" && method === "claim") checkClaim(world, holder, store, result as { items: readonly unknown[] });
            return result;
          });
      },
    });
  const proxies = new Map(parts.filter((name) => opened[name] !== undefined).map((name) => [name as string, partOf(name)]));
  return new Proxy(opened, {
    get(store, name) {
      if (name === "commit")
        return (units: readonly Unit[], params: CommitParams) =>
          reach(world, holder, target, (to) => commit(world, holder, to, units, params), {
            late: (to) => arriveLate(world, holder, to, units, params),
            isSlow: () => isOnTheEdge(world, units),
          });
      const part = proxies.get(name as string);
      if (part !== undefined) return part;
      const value: unknown = Reflect.get(store, name, store);
      return typeof value === "function" ? value.bind(store) : value;
    },
  });
}

/** One operation on its way to the store and back. Who has died hears no answer. */
async function reach<Result>(
  world: Surroundings,
  holder: Holder,
  target: () => Store | undefined,
  act: (store: Store) => Promise<Result>,
  { late, isSlow }: { readonly late?: (store: Store) => Promise<unknown>; readonly isSlow?: () => boolean } = {},
): Promise<Result> {
  if (holder.fate === "dead") return never();
  if (world.happens("slowStore") || (holder.isYoung && world.happens("slowStart")) || isSlow?.() === true) await pass(world);
  const store = target();
  if (store === undefined) return never();
  if ((holder.fate as string) === "dead") {
    if (late !== undefined && world.happens("lateDelivery")) await late(store);
    return never();
  }
  let result: Result;
  try {
    result = await act(store);
  } catch (error) {
    world.check();
    if (error instanceof ProcessDied || (holder.fate as string) === "dead") return never();
    throw error;
  }
  world.check();
  if (world.happens("slowAnswer")) await pass(world);
  return (holder.fate as string) === "dead" ? never() : result;
}

/** An event in the nick of time is on its way, half the time, when the time of the wait that it is for is over. */
function isOnTheEdge({ faults, chance }: Surroundings, units: readonly Unit[]): boolean {
  const isMarked = (unit: Unit): boolean => unit.kind === "accept" && unit.events.some(({ event }) => event.data.includes(nickMark));
  return faults.nickOfTime > 0 && units.some(isMarked) && chance.chance(0.5);
}

async function commit(
  world: Surroundings,
  holder: Holder,
  store: Store,
  units: readonly Unit[],
  params: CommitParams,
): Promise<CommitResult> {
  const before = world.commits;
  try {
    return store.holder.id === holder.id
      ? await deliver(world, holder, store, units, params)
      : await deliverFenced(world, holder, store, units, params);
  } finally {
    // What came to nothing is what most likely comes again. Of that only what shows a lease is of interest: it is stale then.
    const isLost = world.commits === before;
    if (world.happens(isLost ? "lateCopyOfFailed" : "lateCopy"))
      world.keepCopy(
        holder,
        isLost || store.holder.id !== holder.id ? units.filter(({ kind }) => kind === "call" || kind === "release") : units,
        params,
      );
  }
}

/**
 * Of a holder whose epoch has passed: what shows a lease, a timer or a position is let through to be turned away there.
 * What shows none is decided by whoever owns the file, so it goes nowhere, which takes time: what is still due would
 * otherwise be tried again for ever before its owner has had any.
 */
async function deliverFenced(
  world: Surroundings,
  holder: Holder,
  store: Store,
  units: readonly Unit[],
  params: CommitParams,
): Promise<CommitResult> {
  const fenced = units.filter(isFenced);
  const result: CommitResult =
    fenced.length === 0 ? { outcomes: [], wake: { ready: false } } : await deliver(world, holder, store, fenced, params);
  if (fenced.length < units.length) await wait(world, nowhereMs);
  let next = 0;
  const outcomes = units.map((unit) => (isFenced(unit) ? (result.outcomes[next++] as UnitOutcome) : ({ kind: "not_found" } as const)));
  return { ...result, outcomes };
}

function isFenced({ kind }: Unit): boolean {
  return kind === "accept" || kind === "call" || kind === "release" || kind === "advance_cursor";
}

/** What a dead process had sent. Its leases are void, and what it starts nobody is told of. */
async function arriveLate(world: Surroundings, holder: Holder, store: Store, units: readonly Unit[], params: CommitParams): Promise<void> {
  await deliverFenced(world, holder, store, units, params).catch(() => undefined);
}

/** Commits, and holds every answer against what the tables say of the unit's lease. */
export async function deliver(
  world: Surroundings,
  holder: Holder,
  store: Store,
  units: readonly Unit[],
  params: CommitParams,
): Promise<CommitResult> {
  world.check();
  world.ledger.newestBefore = world.newestPlace();
  const expected = expectedRefusals(world.watcher, units);
  const isForeign = store.holder.id !== holder.id;
  if (isForeign) for (const unit of units) noteForeign(world, unit);
  const ended = isForeign ? [] : waitsInVain(world, units);
  // The mark of a foreign holder is its own, which nobody reads who has begun after it; this store would take it for its owner's.
  const { matched: _, ...unmarked } = params;
  const committing = store.commit(units, isForeign ? unmarked : params);
  // The store of SQLite has committed before it gives its promise; after the next turn others have written as well.
  const hasLeft = expected.every((refusal) => refusal !== undefined) && !isUntouched(world);
  for (const unit of units) if (unit.kind === "call") noteWaits(world, unit);
  for (const wait of ended) noteNewest(world, wait, units);
  const result = await committing;
  for (const [index, unit] of units.entries()) {
    const outcome = result.outcomes[index];
    const refusal = expected[index];
    if (refusal !== undefined && outcome?.kind !== refusal)
      world.violate(`I5 a ${unit.kind} of a lease that does not hold was answered ${outcome?.kind}, and should have been ${refusal}`);
    if (outcome === undefined) continue;
    if (isForeign && unit.kind !== "call") checkForeign(world, outcome);
  }
  if (hasLeft) world.violate(`I5 a batch that was refused as a whole (${expected.join(", ")}) has left something`);
  const { ready, dueAt, timerDueAt } = result.wake;
  if (isForeign && (ready || dueAt !== undefined || timerDueAt !== undefined)) world.surprise();
  return result;
}

/** A holder whose epoch has passed takes no lease. (A call that is let in came before the take-over, which frees its children too.) */
function checkForeign(world: Surroundings, outcome: UnitOutcome): void {
  const events = "events" in outcome ? (outcome.events ?? []) : [];
  if (events.some((event) => event.kind === "stored" && event.starts.some(({ kind }) => kind === "leased")))
    world.violate("I5 a holder whose epoch has passed was given a lease");
}

/** Whom the events of such a holder wake nobody looks: it would have to itself. */
function noteForeign({ watcher, ledger }: Surroundings, unit: Unit): void {
  if (unit.kind !== "accept") return;
  for (const { event } of unit.events)
    if (watcher.one("select 1 from events where id = ?", event.id) === undefined) ledger.foreign.add(event.id);
}

interface WaitInVain {
  readonly runSeq: number;
  readonly stepId: string;
  /** The place of the unit that ends it. */
  readonly index: number;
}

function waitsInVain({ watcher }: Surroundings, units: readonly Unit[]): readonly WaitInVain[] {
  return units.flatMap((unit, index) => {
    if (unit.kind !== "resolve_wait" || unit.result.kind !== "memo") return [];
    const wait = watcher.one("select run_seq, step_id from waits where seq = ?", unit.waitSeq);
    return wait === undefined ? [] : [{ runSeq: Number(wait["run_seq"]), stepId: String(wait["step_id"]), index }];
  });
}

/** What was sent before somebody decided that a wait is over is in the batch before that, at the latest. */
function noteNewest({ watcher, ledger }: Surroundings, { runSeq, stepId, index }: WaitInVain, units: readonly Unit[]): void {
  const ids = units.slice(0, index).flatMap((unit) => (unit.kind === "accept" ? unit.events.map(({ event }) => event.id) : []));
  const newest = watcher.one("select max(seq) as seq from events where id in (select value from json_each(?))", JSON.stringify(ids));
  if (typeof newest?.["seq"] === "number") ledger.newestOf.set(`${runSeq} ${stepId}`, newest["seq"]);
}

/** What begins with a reply, for the judgement of how it ends; also where the answer of the commit was lost. */
function noteWaits(world: Surroundings, unit: CallUnit): void {
  for (const effect of unit.effects) {
    if (effect.kind !== "begin_wait" || effect.waitsFor.kind !== "event") continue;
    const { runSeq } = unit.lease;
    if (
      world.watcher.one("select 1 from journal_entries where run_seq = ? and step_id = ? and due_at is not null", runSeq, effect.stepId) ===
      undefined
    )
      continue;
    const callSeq = world.callSeqOf(unit.lease.runSeq, unit.lease.generation);
    const begunAt = world.clock.now();
    world.ledger.beginWait(unit.lease.runSeq, effect.stepId, { waitsFor: effect.waitsFor, dueAt: effect.dueAt, callSeq, begunAt });
  }
}

function checkClaim(world: Surroundings, holder: Holder, store: Store, result: { readonly items: readonly unknown[] }): void {
  if (store.holder.id !== holder.id && result.items.length > 0)
    world.violate(`I5 a holder whose epoch has passed claimed ${result.items.length} items`);
}

function isUntouched(world: Surroundings): boolean {
  return world.watcher.one("select 1 from sim_changes") === undefined;
}

function pass(world: Surroundings): Promise<void> {
  const ms = world.chance.chance(0.05) ? 5_000 : 1 + world.chance.below(200);
  return wait(world, ms);
}

function wait({ clock }: Surroundings, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.wakeAt(epochMs(clock.now() + ms), resolve));
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
