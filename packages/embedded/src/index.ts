export type { Engine, Occurrence, RetentionRules } from "@stepwell/engine";
export { createEngine, type EmbeddedOptions, type FileStore } from "./create-engine.ts";
export type { EmbeddedEngine } from "./embedded-engine.ts";
export { type EngineReader, openReader } from "./open-reader.ts";
export type { RunQuery, RunReader } from "./run-reader.ts";
export type { ErrorView, RunView, StartedRunId, StepView } from "./run-view.ts";
