// The tests, and a last line that counts them.

import { startVitest } from "vitest/node";

const vitest = await startVitest("test", process.argv.slice(2), { run: true, watch: false });
const modules = vitest.state.getTestModules();
const tests = modules.flatMap((module) => [...module.children.allTests()]);
const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
await vitest.close();
const [passed, failed, skipped] = [count("passed"), count("failed"), count("skipped")];
const brokenFiles = modules.filter((module) => module.state() === "failed").length;
const unhandled = vitest.state.getUnhandledErrors().length;
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}\n`);
process.exitCode = failed + brokenFiles + unhandled > 0 || passed === 0 ? 1 : 0;
