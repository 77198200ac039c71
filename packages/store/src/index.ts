export type {
  AppId,
  AppRecord,
  AppsListed,
  AppsStore,
  EnvironmentId,
  FunctionId,
  FunctionRecord,
  HolderId,
  RemoveAppParams,
  SyncAppParams,
  SyncAppResult,
} from "./apps.ts";
export {
  breakerConstraint,
  type Constraint,
  constraintsOf,
  type FunctionLimits,
  type Gate,
  type LaneHold,
  type LimitRule,
  laneKeyOf,
  type QueuePlace,
  ruleName,
} from "./constraints.ts";
export type { CursorRecord, CursorsStore, PlannedStart } from "./cursors.ts";
export type {
  BeginSleep,
  BeginWait,
  DropSteps,
  Effect,
  OpenGroup,
  PlanStep,
  RecordAttempt,
  RecordLogs,
  SettleStep,
  UnplanStep,
} from "./effects.ts";
export type { EventRecord, OutcomeKind, StoredEvent } from "./events.ts";
export type {
  FailureFacts,
  FailureGroupFilter,
  FailureGroupReport,
  FailureState,
  SetFailureStateUnit,
} from "./failures.ts";
export { type FittedLine, fitLogs, type LogSizes } from "./fit-logs.ts";
export { isStarted } from "./is-started.ts";
export type { MetadataEntry, MetadataReport, RecordMetadata, SetMetadataUnit } from "./metadata.ts";
export type { CollectRun, PendingRun, PendingStore, StartPendingUnit } from "./pending.ts";
export type { ClaimParams, ClaimResult, HeldItem, QueueMeasure, QueueStore } from "./queue.ts";
export { isStartRank, rankOfStart, rankUnderWay } from "./ranks.ts";
export { type ArrivalMs, arrivalAfter, nextAllowedAt, type Rate } from "./rates.ts";
export type {
  AttemptReport,
  BacklogReport,
  ChildReport,
  EventFilter,
  ItemReport,
  LogCount,
  LogFilter,
  LogPage,
  LogReport,
  OutcomeReport,
  Page,
  PageParams,
  ReportsStore,
  RerunReport,
  RunFilter,
  RunReport,
  StepReport,
  WaitReport,
} from "./reports.ts";
export type { KeptStep, RerunUnit, StepInput } from "./rerun.ts";
export type { PruneParams, PruneResult, RetentionStore } from "./retention.ts";
export type { ClaimedItem, EndedStatus, JournalEntry, LoadParams, RunRecord, RunState, RunsStore, StepRequest } from "./runs.ts";
export type { StartGates } from "./start-gates.ts";
export type { SettingsStore, Store, StoreCounters } from "./store.ts";
export type { RunTimer, TimerKind, TimerRecord, TimerRef, TimersStore } from "./timers.ts";
export type {
  AcceptedEvent,
  AcceptUnit,
  AdvanceCursorUnit,
  AppendLogsUnit,
  CallUnit,
  CancelUnit,
  CommitParams,
  CommitResult,
  DropWaitUnit,
  EventOutcome,
  EventResult,
  HolderRef,
  Lease,
  LookedUnit,
  Next,
  NotStarted,
  OwnLease,
  PlannedStep,
  ReleaseUnit,
  ReplacedRun,
  ResolveWaitUnit,
  RunChange,
  SetTimerUnit,
  SignalUnit,
  StartResult,
  StartRun,
  StepLease,
  Unit,
  UnitOutcome,
  WakeHint,
} from "./units.ts";
export type { CancelRule, EndedRun, EventMatch, Mark, MetEvent, WaitRecord, WaitsStore } from "./waits.ts";
export type {
  FailedAttemptReport,
  OpenWaitReport,
  PendingReport,
  ReleaseReport,
  RestReport,
  WakeReport,
  WhyReports,
} from "./why-reports.ts";
