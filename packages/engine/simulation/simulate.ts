// One simulation: faults fly and only safety is checked; then the weather clears, and everything must finish.

import { keyOf, SeededRandom } from "@stepwell/engine/testing";
import { endOf } from "./generate-program.ts";
import { wrongWithEnd } from "./invariants/ends-are-told.ts";
import { LostWakes } from "./lost-wakes.ts";
import { Progress } from "./progress.ts";
import { swarmFaults } from "./swarm.ts";
import { World, type WorldOptions } from "./world.ts";

export interface SimulationResult {
  readonly seed: number;
  /** What was violated, or nothing. */
  readonly violation: string | undefined;
  readonly steps: number;
  readonly commits: number;
  readonly runs: number;
  readonly faults: ReadonlyMap<string, number>;
}

const stormSteps = 250;
/** In fair weather the order within a moment matters less than how many moments there are. */
const calmTogetherMs = 100;
/** In fair weather what is due is claimed within this time: a clock that was set forward is looked at so often. */
const lateMsMax = 660_000;
/** With more calls than this under way there may be no room for others. */
const callsWithRoomMax = 200;

export interface SimulationOptions extends WorldOptions {
  /** So far it goes; what is checked at the end is not then. Absent: to the end. */
  readonly stepsMax?: number;
}

export async function simulate({ stepsMax = Number.POSITIVE_INFINITY, ...options }: SimulationOptions): Promise<SimulationResult> {
  const world = new World(options);
  let steps = 0;
  try {
    await world.settle();
    world.faults = { ...swarmFaults(new SeededRandom(options.seed ^ 0x1234567)), ...options.faults };
    for (; steps < Math.min(stormSteps, stepsMax) && world.violation === undefined; steps += 1) {
      if (world.chance.chance(0.25)) for (let burst = world.chance.chance(0.1) ? 10 : 1; burst > 0; burst -= 1) world.send();
      await world.disturb();
      await world.step(world.chance.chance(0.3) ? world.chance.below(50) : 0);
    }
    await world.calm();
    let lateSince: number | undefined;
    const progress = new Progress(world);
    const lostWakes = new LostWakes(world, () => hasRoom(world));
    for (; world.violation === undefined && steps < stepsMax && isBusy(world); steps += 1) {
      await world.step(calmTogetherMs);
      const idle = progress.look();
      if (idle !== undefined)
        world.violate(`I6 after ${idle} without a fault, in which nothing came to an end, something is alive: ${describeAlive(world)}`);
      if (world.clock.nextAt === undefined && isBusy(world))
        world.violate(`I6 nothing is under way that could move it, and something is alive: ${describeAlive(world)}`);
      const lost = await lostWakes.look();
      if (lost !== undefined) world.violate(`I7 something could go, and nobody calls it: ${lost}; ${describeAlive(world)}`);
      const late = whatIsLate(world);
      lateSince = late === undefined ? undefined : (lateSince ?? world.clock.now());
      if (lateSince !== undefined && world.clock.now() - lateSince > lateMsMax)
        world.violate(
          `I7 something has been due for ${world.clock.now() - lateSince} ms without a fault: ${late}; ${describeAlive(world)}`,
        );
    }
    if (world.violation === undefined && steps < stepsMax) checkEnd(world);
    if (world.violation === undefined && steps < stepsMax) checkPromises(world);
    const runs = Number(world.watcher.one("select count(*) as rows from runs")?.["rows"]);
    return { seed: options.seed, violation: world.violation, steps, commits: world.commits, runs, faults: world.faultCounts };
  } finally {
    await world.close();
  }
}

function isBusy(world: World): boolean {
  const busy = [
    "select 1 from runs where ended_at is null limit 1",
    "select 1 from cursors limit 1",
    "select 1 from pending_runs limit 1",
    "select 1 from timers where kind in ('cancel_run', 'tell_end') limit 1",
  ];
  return world.ledger.sending > 0 || busy.some((sql) => world.watcher.one(sql) !== undefined);
}

function hasRoom({ processes: { owner } }: World): boolean {
  return owner !== undefined && owner.engine.gauges().callsInFlight <= callsWithRoomMax;
}

/** What is due although there is room for it, in words. */
function whatIsLate(world: World): string | undefined {
  const { owner } = world.processes;
  if (owner === undefined || !hasRoom(world)) return undefined;
  const places = [`queue_items where state <= 1 and function_id not in (${limitedFunctions(world)}) and`, "timers where", "waits where"];
  const late = places.flatMap((place) =>
    world.watcher
      .all(`select * from ${place} due_at < ? limit 1`, owner.now())
      .map((row) => `${place.split(" ")[0]} ${JSON.stringify(row)}`),
  );
  const cursor = world.watcher.one("select seq, event_seq, position from cursors limit 1");
  return late[0] ?? (cursor === undefined ? undefined : `cursor ${JSON.stringify(cursor)}`);
}

/** What waits behind a limit is late by right; that it goes on shows in that everything finishes. */
function limitedFunctions(world: World): string {
  const slugs = world.cast.members.filter(({ limits }) => limits !== undefined).map(({ slug }) => slug);
  const rows =
    slugs.length === 0 ? [] : world.watcher.all("select id, slug from functions").filter(({ slug }) => slugs.includes(String(slug)));
  return rows.map(({ id }) => Number(id)).join(", ");
}

function describeAlive(world: World): string {
  const runs = world.watcher.all(
    "select r.id, r.holder_id, r.generation, (select count(*) from queue_items q where q.run_seq = r.seq) as items from runs r where ended_at is null limit 3",
  );
  return `${JSON.stringify(runs)}; the owner: ${world.processes.describe()}`;
}

/** What begins or is told after the commit that promised it, once all is over. */
function checkPromises(world: World): void {
  const view = world.view();
  for (const run of world.watcher.all("select * from runs where cancel_reason like 'singleton %' and status = 4")) {
    const wrong = wrongWithEnd(view, run);
    if (wrong !== undefined) world.violate(`W6 ${wrong}`);
  }
  if (view.prunedBefore !== undefined) return;
  const lost = world.watcher.one(`select o.event_seq, o.kind, o.detail from event_outcomes o
     where o.kind in ('batched', 'debounced') and not exists (select 1 from runs r where r.id = o.detail) limit 1`);
  if (lost !== undefined) world.violate(`I1 event ${lost["event_seq"]} was ${lost["kind"]}, and there is no run ${lost["detail"]}`);
  const left = world.watcher.one(`select o.event_seq, o.detail from event_outcomes o join runs r on r.id = o.detail
     where o.kind = 'batched' and not exists (select 1 from run_events e where e.run_seq = r.seq and e.event_seq = o.event_seq) limit 1`);
  if (left !== undefined) world.violate(`I1 event ${left["event_seq"]} was batched, and run ${left["detail"]} goes without it`);
}

/** When all is over: nothing is left, and every run has ended as its program does, with a result for each step it ran. */
function checkEnd(world: World): void {
  for (const table of ["queue_items", "lanes", "pending_runs", "singletons", "waits", "step_requests", "cursors"]) {
    const count = Number(world.watcher.one(`select count(*) as count from ${table}`)?.["count"]);
    if (count > 0) world.violate(`I9 every run has ended and ${table} has ${count} rows`);
  }
  if (world.isOnDisk(keyOf(""))) world.violate("W8 a key of a request is in the files of the store");
  for (const run of world.watcher.all("select r.seq, r.id, r.status, f.slug from runs r join functions f on f.id = r.function_id")) {
    const wrong = whatIsWrongWithEnd(world, run);
    if (wrong !== undefined) world.violate(`run ${run["id"]} of ${run["slug"]} ${wrong}`);
  }
}

function whatIsWrongWithEnd(world: World, run: Readonly<Record<string, unknown>>): string | undefined {
  const program = world.cast.find(String(run["slug"]))?.program ?? [];
  const status = run["status"] === 2 ? "completed" : run["status"] === 3 ? "failed" : "cancelled";
  const isCancelled = world.ledger.cancelled.has(String(run["id"]) as never);
  if (isCancelled && status !== "cancelled") return `I3 was cancelled and has ended as ${status}`;
  if (status !== "cancelled" && status !== endOf(program)) return `I3 has ended as ${status}, and its program ends as ${endOf(program)}`;
  const entries = world.watcher.all(
    "select name, op, state from journal_entries where run_seq = ? and ord is not null",
    Number(run["seq"]),
  );
  const unrun = entries.find(({ state, op, name }) => state === 4 && op === "StepRun" && !world.app.finished.has(`${run["id"]} ${name}`));
  return unrun === undefined ? undefined : `I2 has a result of step ${unrun["name"]}, which never ran`;
}
