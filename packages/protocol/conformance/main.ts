// node packages/protocol/conformance/main.ts --base-url http://127.0.0.1:8288 [--signing-key K] [--event-key K]
//   [--retry-interval-ms N] [--only 5.3]
//
// Judges a running server by the numbered rules of the protocol, over HTTP alone. A line for each case, and exit code 1
// when one failed.

import { parseArgs } from "node:util";
import { conformanceCases } from "./cases.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { lacks, runCase } from "./run-case.ts";
import { factsOf, type Target } from "./target.ts";

const concurrency = 16;

const { values } = parseArgs({
  options: {
    "base-url": { type: "string", default: "http://127.0.0.1:8288" },
    "signing-key": { type: "string" },
    "event-key": { type: "string" },
    "retry-interval-ms": { type: "string" },
    only: { type: "string" },
  },
});
const { "signing-key": signingKey, "event-key": eventKey, "retry-interval-ms": interval, only } = values;
const target: Target = {
  baseUrl: values["base-url"].replace(/\/+$/, ""),
  ...(signingKey === undefined ? {} : { signingKey }),
  ...(eventKey === undefined ? {} : { eventKey }),
  ...(interval === undefined ? {} : { retryIntervalMs: Number(interval) }),
};
const startedAt = Date.now();
const totals = { passed: 0, failed: 0, left: 0 };
const facts = await factsOf(target).catch((error: unknown) => {
  process.stderr.write(`error: nothing answers at ${target.baseUrl} (${error instanceof Error ? error.message : String(error)})\n`);
  process.exit(2);
});
const waiting = conformanceCases.filter(({ rule }) => only === undefined || rule === only || rule.startsWith(`${only}.`));
await Promise.all(Array.from({ length: concurrency }, work));
const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.left} left out, ${seconds} s\n`);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);

async function work(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await judge(next);
}

async function judge(each: ConformanceCase): Promise<void> {
  const title = `${each.rule.padEnd(5)} ${each.name}`;
  const missing = lacks(each, facts);
  if (missing.length > 0) {
    totals.left += 1;
    process.stdout.write(`left  ${title} (needs ${missing.join(", ")})\n`);
    return;
  }
  try {
    await runCase(each, target);
    totals.passed += 1;
    process.stdout.write(`ok    ${title}\n`);
  } catch (error) {
    totals.failed += 1;
    // The first line says it; a comparison appends both values once more.
    const [line] = (error instanceof Error ? error.message : String(error)).split("\n");
    process.stdout.write(`FAIL  ${title}\n        ${line}\n`);
  }
}
