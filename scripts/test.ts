// The tests, and a last line that counts them. Takes vitest's own filters and flags: `npm test -- packages/engine -t retries`.

import { parseCLI, startVitest } from "vitest/node";

const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
const vitest = await startVitest("test", [...filter], { ...options, run: true, watch: false });
const modules = vitest.state.getTestModules();
const tests = modules.flatMap((module) => [...module.children.allTests()]);
const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
await vitest.close();

const [passed, skipped] = [count("passed"), count("skipped")];
// A file that does not load, and an error outside of any test, are failures without a test to count them by.
const brokenFiles = modules.filter((module) => module.state() === "failed" && [...module.children.allTests("failed")].length === 0).length;
const failed = count("failed") + brokenFiles + vitest.state.getUnhandledErrors().length;
if (skipped > 0) process.stdout.write(`\n${skipped} skipped\n`);
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
