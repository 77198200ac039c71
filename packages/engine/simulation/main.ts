// npm run simulate -- [--seed N] [--runs N] [--seconds N]: simulations one after the other, each from its own seed. A
// violation prints its seed, and ends with exit code 1.

import { parseArgs } from "node:util";
import { invariants } from "./invariants.ts";
import { simulate } from "./simulate.ts";

const { values } = parseArgs({ options: { seed: { type: "string" }, runs: { type: "string" }, seconds: { type: "string" } } });
const first = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const runsMax = Number(values.runs ?? (values.seconds === undefined ? 20 : Number.POSITIVE_INFINITY));
const until = performance.now() + Number(values.seconds ?? Number.POSITIVE_INFINITY) * 1_000;

const totals = { simulations: 0, steps: 0, runs: 0, faults: new Map<string, number>() };
process.stdout.write(`checked after every step:\n${invariants.map(({ name }) => `  ${name}`).join("\n")}\n`);
for (let seed = first; seed < first + runsMax && performance.now() < until; seed += 1) {
  const result = await simulate({ seed });
  totals.simulations += 1;
  totals.steps += result.steps;
  totals.runs += result.runs;
  for (const [fault, count] of result.faults) totals.faults.set(fault, (totals.faults.get(fault) ?? 0) + count);
  if (result.violation === undefined) continue;
  process.stdout.write(`\nseed ${seed}: ${result.violation}\n  again with: npm run simulate -- --seed ${seed} --runs 1\n`);
  process.exitCode = 1;
  break;
}
const faults = [...totals.faults].sort(([one], [other]) => one.localeCompare(other)).map(([fault, count]) => `${fault} ${count}`);
process.stdout.write(
  `\n${totals.simulations} simulations from seed ${first}, ${totals.steps} steps, ${totals.runs} runs; faults: ${faults.join(", ")}\n${process.exitCode === 1 ? "violated" : "no violation"}\n`,
);
