// The pack, for a test that brings the servers. `main.ts` is the command.

export { conformanceCases } from "./cases.ts";
export type { ConformanceCase, Need } from "./conformance-case.ts";
export { lacks, runCase } from "./run-case.ts";
export { factsOf, type Target } from "./target.ts";
