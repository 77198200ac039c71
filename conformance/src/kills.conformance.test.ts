// Real processes, killed with kill -9 at random moments while mixed functions run over HTTP with both SDKs; then the
// invariants are asked of the database and of what the apps did. KILLS sets how many, SEED where chance begins.

import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { killedSteps } from "./killed-functions.ts";
import { appNames, KilledWorld, type Victim } from "./killed-world.ts";

const kills = Number(process.env["KILLS"] ?? 10);
const seed = Number(process.env["SEED"] ?? 1);
const msPerKill = 15_000;
const world = new KilledWorld();

beforeAll(() => world.start(), 60_000);
afterAll(() => world.close());

/** A small generator, so that a seed brings the same kills back; the processes keep their own time. */
function chance(from: number): () => number {
  let state = from * 2_654_435_761;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test(`${kills} kills lose nothing and do nothing twice`, { timeout: 60_000 + kills * msPerKill }, async () => {
  const next = chance(seed);
  const victims: readonly Victim[] = ["server", "server", ...appNames];
  let keys = 0;
  const told: (readonly [name: string, key: string])[] = [];
  for (let round = 0; round < kills; round += 1) {
    const sends: Promise<void>[] = [];
    for (const app of appNames)
      for (const name of ["chain", "parallel", "naps", "retries", "waits", "signals", "invokes", "stops"]) {
        keys += 1;
        sends.push(world.send(`${app}/${name}`, { key: `k${keys}` }));
        if (name === "waits") told.push([`${app}/go`, `k${keys}`]);
        if (name === "signals") told.push([`${app} k${keys}`, ""]);
        if (name === "stops") told.push([`${app}/stop`, `k${keys}`]);
      }
    await pause(20 + next() * 600);
    const victim = victims[Math.floor(next() * victims.length)] ?? "server";
    await world.kill(victim);
    await pause(next() * 100);
    await world.revive(victim);
    await Promise.all(sends);
    // What the runs of earlier rounds wait for comes while the next ones are killed.
    for (const [name, key] of told.splice(0, told.length - 6)) await tell(name, key);
  }
  for (const [name, key] of told) await tell(name, key);
  await untilAllEnded();
  await world.stopServer();
  check();
});

async function tell(name: string, key: string): Promise<void> {
  if (key !== "") return world.send(name, { key });
  for (;;) {
    const answer = await fetch(`${world.url}/v1/signals`, { method: "POST", body: JSON.stringify({ signal: name, data: 1 }) }).catch(
      () => undefined,
    );
    if (answer !== undefined && answer.status < 500) return;
    await pause(25);
  }
}

async function untilAllEnded(): Promise<void> {
  for (const until = Date.now() + 60_000; ; await pause(200)) {
    const alive = ask("select count(*) as count from runs where ended_at is null")[0]?.["count"];
    if (alive === 0) return;
    await tellWaiting();
    if (Date.now() > until) {
      const stuck = ask(
        "select r.id, f.slug, r.status, r.holder_id, (select group_concat(op || ' ' || name || ' ' || state) from journal_entries j where j.run_seq = r.seq) as steps from runs r join functions f on f.id = r.function_id where r.ended_at is null limit 10",
      );
      throw new Error(`${alive} runs have not ended: ${JSON.stringify(stuck)}`);
    }
  }
}

/** An event that came before its run had come to the wait is no event for it, so whoever still waits is told again. */
async function tellWaiting(): Promise<void> {
  const waiting = ask(
    "select f.slug, json_extract(e.data, '$.key') as key from waits w join runs r on r.seq = w.run_seq join functions f on f.id = r.function_id join events e on e.seq = r.event_seq where w.kind = 0",
  );
  for (const { slug, key } of waiting) await tell(String(slug).replace("-waits", "/go"), String(key));
}

function ask(sql: string): readonly Readonly<Record<string, unknown>>[] {
  const db = new DatabaseSync(world.database, { readOnly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

function check(): void {
  // I1: every acknowledged event is stored, and has its one run.
  const runs = ask(
    `select r.id, f.slug, r.status, coalesce(r.output, p.body) as output, e.id as event_id, e.name
       from runs r join functions f on f.id = r.function_id join events e on e.seq = r.event_seq left join payloads p on p.id = r.output_payload`,
  );
  const runsOf = new Map<unknown, number>();
  for (const { event_id: eventId } of runs) runsOf.set(eventId, (runsOf.get(eventId) ?? 0) + 1);
  for (const [name, ids] of world.acknowledged)
    if (!/\/(go|stop)$/.test(name)) for (const id of ids) expect([name, runsOf.get(id)]).toEqual([name, 1]);
  expect(new Set([...world.acknowledged.values()].flat()).size).toBe([...world.acknowledged.values()].flat().length);

  // I2: what a run returned is what its steps recorded, and each recorded value is one that a step's code returned.
  const done = world.done();
  for (const { id, slug, status, output } of runs) {
    const name = String(slug).replace(/^killed-v\d-/, "");
    expect([slug, status]).toEqual([slug, name === "stops" ? 4 : 2]);
    if (name === "stops") continue;
    const steps = killedSteps[name] ?? [];
    const values = JSON.parse(String(output)) as readonly string[];
    expect([slug, values.length]).toEqual([slug, steps.length]);
    for (const [place, step] of steps.entries())
      expect([slug, step, done.get(`${id} ${step}`) ?? []]).toEqual([slug, step, expect.arrayContaining([values[place]])]);
  }
  // I2 again, from the database: one result for each step, in an order without gaps.
  expect(
    ask(
      "select run_seq from journal_entries where ord is not null group by run_seq having count(*) <> max(ord) or count(distinct ord) <> count(*)",
    ),
  ).toEqual([]);

  // I3, I9: nothing is left of runs that have ended.
  const rest = ["queue_items", "waits", "timers", "lanes", "step_requests", "cursors"];
  for (const table of rest) expect([table, ask(`select count(*) as count from ${table}`)[0]?.["count"]]).toEqual([table, 0]);
  expect(ask("select count(*) as count from runs where holder_id is not null")[0]?.["count"]).toBe(0);

  // I7: no sleep ended early, and no retry began early.
  expect(ask("select run_seq from journal_entries where op = 'Sleep' and due_at is not null and ended_at < due_at and state = 4")).toEqual(
    [],
  );
}
