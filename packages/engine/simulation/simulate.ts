// One simulation: faults fly and only safety is checked; then the weather clears, and everything must finish.

import { SeededRandom } from "@stepwell/engine/testing";
import { invariants, type Seen } from "./invariants.ts";
import { fairWeather, swarmFaults } from "./swarm.ts";
import { World, type WorldOptions } from "./world.ts";

export interface SimulationResult {
  readonly seed: number;
  /** What was violated, or nothing. */
  readonly violation: string | undefined;
  readonly steps: number;
  readonly runs: number;
  readonly faults: ReadonlyMap<string, number>;
}

const stormSteps = 250;
/** Enough for every run to finish when nothing goes wrong; a run that has not by then never will. */
const calmStepsMax = 6_000;

export async function simulate(options: WorldOptions): Promise<SimulationResult> {
  const world = new World(options);
  const seen: Seen = { memos: new Map(), ends: new Map() };
  let steps = 0;
  try {
    await world.ensureProcess();
    await world.settle();
    world.faults = swarmFaults(new SeededRandom(options.seed ^ 0x1234567));
    let violation: string | undefined;
    for (; steps < stormSteps && violation === undefined; steps += 1) {
      await stormStep(world);
      violation = check(world, seen);
    }
    world.faults = fairWeather;
    for (let calm = 0; violation === undefined && isBusy(world); calm += 1, steps += 1) {
      if (calm > calmStepsMax) violation = `after ${calm} steps without a fault something is still alive: ${describeAlive(world)}`;
      else {
        await step(world);
        if (calm % 8 === 0) violation = check(world, seen);
      }
    }
    violation ??= check(world, seen) ?? checkEnd(world);
    const runs = Number(world.reader.prepare("select count(*) as count from runs").get()?.["count"]);
    return { seed: options.seed, violation, steps, runs, faults: world.faultCounts };
  } finally {
    await world.close();
  }
}

async function stormStep(world: World): Promise<void> {
  const { chance, faults } = world;
  if (chance.chance(0.25)) for (let burst = chance.chance(0.1) ? 10 : 1; burst > 0; burst -= 1) world.send();
  if (chance.chance(faults.cancel)) world.cancelSomething();
  if (chance.chance(faults.staleCheckpoint)) world.sendStaleCheckpoint();
  if (chance.chance(faults.clockJump)) world.clock.moveTo(world.clock.now() + 3_600_000);
  if (chance.chance(faults.restart)) await world.restart();
  await step(world);
}

/** Everything that needs no time, then time up to the next thing. */
async function step(world: World): Promise<void> {
  await world.settle();
  const next = world.clock.nextAt;
  if (next !== undefined) world.clock.moveTo(Math.max(next, world.clock.now()));
  await world.settle();
}

function check(world: World, seen: Seen): string | undefined {
  for (const invariant of invariants) {
    const wrong = invariant.check(world, seen);
    if (wrong !== undefined) return `${invariant.name}: ${wrong}`;
  }
  return undefined;
}

function isBusy(world: World): boolean {
  return world.reader.prepare("select 1 from runs where ended_at is null limit 1").get() !== undefined || world.unacknowledged > 0;
}

function describeAlive(world: World): string {
  const rows = world.reader
    .prepare(
      "select r.id, r.holder_id, r.generation, (select count(*) from queue_items q where q.run_seq = r.seq) as items from runs r where ended_at is null limit 3",
    )
    .all();
  return JSON.stringify(rows);
}

/** When all is over: nothing is left, and a run that completed has finished each of its steps. */
function checkEnd(world: World): string | undefined {
  for (const table of ["queue_items", "lanes", "function_turns"]) {
    const count = Number(world.reader.prepare(`select count(*) as count from ${table}`).get()?.["count"]);
    if (count > 0) return `every run has ended and ${table} has ${count} rows`;
  }
  for (const row of world.reader
    .prepare("select r.id, j.name from runs r join journal_entries j on j.run_seq = r.seq where j.state = 4 and j.op = 'StepRun'")
    .iterate())
    if ((world.app.finished.get(`${row["id"]} ${row["name"]}`) ?? 0) < 1)
      return `step ${row["name"]} of run ${row["id"]} has a result and was never run`;
  for (const id of world.cancelled) {
    const status = world.reader.prepare("select status from runs where id = ?").get(id)?.["status"];
    if (status !== 4) return `run ${id} was cancelled and has status ${status}`;
  }
  return undefined;
}
