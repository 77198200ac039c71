export type { BreakerReport } from "./admission/breakers.ts";
export { keyProblem } from "./admission/key-problem.ts";
export { isFailureHandler } from "./apps/failure-handler.ts";
export { buildEngine } from "./engine.ts";
export type {
  AppendLogsParams,
  CancelRunResult,
  CheckpointParams,
  CheckpointResult,
  Engine,
  EngineGauges,
  EngineOptions,
  EngineParts,
  InvokeFunctionResult,
  RetentionRules,
  RunLimitName,
  SendEventsParams,
  SendEventsResult,
  SendSignalParams,
  SendSignalResult,
  SyncAppOutcome,
} from "./engine-interface.ts";
export { type FalseCondition, falseConditions } from "./events/false-conditions.ts";
export type { RerunResult } from "./events/rerun-request.ts";
export type { EventExplanation, EventFate } from "./explanations/event-explanation.ts";
export type { RunExplanation, ToldGate } from "./explanations/run-explanation.ts";
export type { RunKey } from "./explanations/run-keys.ts";
export { type CompiledFilter, compileFilter, FilterBudget, type FilteredRow } from "./expression/row-filter.ts";
export { runPhase } from "./runs/run-phase.ts";
export type { RunPhase } from "./runs/run-phase-report.ts";
export type { ScheduleReport } from "./schedules/list-schedules.ts";
export { type Clock, clockOver, type Platform, systemClock } from "./seams/clock.ts";
export type { Gateway, GatewayReply } from "./seams/gateway.ts";
export { inProcessNotifier, type Notifier } from "./seams/notifier.ts";
export type { Observer, Occurrence } from "./seams/observer.ts";
export { newId, type Random, systemRandom } from "./seams/random.ts";
export type { Call, CallReply, CallTarget, FaultKind, Transport } from "./seams/transport.ts";
export type { BulkCancelFilter } from "./timers/bulk-cancel-state.ts";
export type { BulkCancel, BulkCancelPreview } from "./timers/bulk-cancels.ts";
export type { BulkRedrive, BulkRedrivePreview, CreateBulkRedriveResult } from "./timers/bulk-redrives.ts";
export type { RunSelectionFilter } from "./timers/run-selection.ts";
