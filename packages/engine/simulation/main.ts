// npm run simulate -- [--seed N] [--runs N] [--seconds N]: simulations one after the other, each from its own seed. A
// violation prints its seed, and ends with exit code 1; what cannot be read ends with 2. With --broken, builds that lack
// a guard: one that is not noticed ends with 1.

import { brokenBuilds } from "./broken-builds.ts";
import { allInvariants } from "./invariants/all-invariants.ts";
import { noticeBroken, seedsMax } from "./notice-broken.ts";
import { type Arguments, readArguments } from "./read-arguments.ts";
import { simulate } from "./simulate.ts";

const read = readArguments(process.argv.slice(2));
if (read.kind === "wrong") {
  process.stderr.write(`${read.message}\n`);
  process.exitCode = 2;
} else process.exitCode = (await (read.values.broken ? noticeAll() : runAll(read.values))) ? 0 : 1;

/** True: each broken build is noticed, as what it is. */
async function noticeAll(): Promise<boolean> {
  let isWell = true;
  for (const broken of brokenBuilds) {
    const noticed = await noticeBroken(broken, { isWhole: true });
    const isAsExpected = noticed !== undefined && broken.notices.test(noticed.violation) && noticed.ofSound === undefined;
    isWell &&= isAsExpected;
    const what =
      noticed === undefined
        ? `not noticed by ${seedsMax} seeds from ${broken.seed} on`
        : `seed ${noticed.seed}: ${noticed.violation}${noticed.ofSound === undefined ? "" : `; the sound build: ${noticed.ofSound}`}`;
    process.stdout.write(`${isAsExpected ? "noticed" : "NOT AS EXPECTED"}: without ${broken.name}: ${what}\n`);
  }
  return isWell;
}

/** True: there were simulations, and no violation. */
async function runAll({ seed: wanted, runsMax, secondsMax }: Arguments): Promise<boolean> {
  const first = wanted ?? Math.floor(Math.random() * 1_000_000);
  const until = performance.now() + secondsMax * 1_000;
  const totals = { simulations: 0, steps: 0, commits: 0, runs: 0, faults: new Map<string, number>() };
  process.stdout.write(
    `checked after every commit and every simulated step:\n${allInvariants.map(({ name }) => `  ${name}`).join("\n")}\n`,
  );
  process.stdout.write("  W9 nothing is called while its breaker is open, and one call at a time finds out when its time is over\n");
  process.stdout.write(
    "  I7 no sleep, no retry and no delayed run is early, at the call that tells it\nat the end: everything finishes, nothing is left, and nothing that is due waits in fair weather (I6, I7)\n",
  );
  let violated: string | undefined;
  for (let seed = first; seed < first + runsMax && performance.now() < until && violated === undefined; seed += 1) {
    const result = await simulate({ seed, withLimits: true, withRequests: true, withRareOptions: true, withLongSleeps: true });
    totals.simulations += 1;
    totals.steps += result.steps;
    totals.commits += result.commits;
    totals.runs += result.runs;
    for (const [fault, count] of result.faults) totals.faults.set(fault, (totals.faults.get(fault) ?? 0) + count);
    if (result.violation === undefined) continue;
    violated = result.violation;
    process.stdout.write(`\nseed ${seed}: ${violated}\n  again with: npm run simulate -- --seed ${seed} --runs 1\n`);
  }
  const { simulations, steps, commits, runs } = totals;
  const faults = [...totals.faults].sort(([one], [other]) => one.localeCompare(other)).map(([fault, count]) => `${fault} ${count}`);
  const counts = `${simulations} simulations from seed ${first}, ${steps} steps, ${commits} commits, ${runs} runs`;
  process.stdout.write(`\n${counts}; faults: ${faults.join(", ")}\n${violated === undefined ? "no violation" : "violated"}\n`);
  return violated === undefined && simulations > 0;
}
