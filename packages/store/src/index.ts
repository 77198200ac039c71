export type {
  AppId,
  AppRecord,
  AppsStore,
  EnvironmentId,
  FunctionId,
  FunctionRecord,
  HolderId,
  SyncAppParams,
  SyncAppResult,
} from "./apps.ts";
export type { EventRecord, OutcomeKind, StoredEvent } from "./events.ts";
export type { ClaimParams, ClaimResult, HeldItem, QueueMeasure, QueueStore } from "./queue.ts";
export { rankOfStart, rankUnderWay } from "./ranks.ts";
export type {
  AttemptReport,
  EventFilter,
  ItemReport,
  OutcomeReport,
  Page,
  PageParams,
  ReportsStore,
  RunFilter,
  RunReport,
  StepReport,
} from "./reports.ts";
export type { ClaimedItem, EndedStatus, JournalEntry, LoadParams, RunRecord, RunState, RunsStore } from "./runs.ts";
export type { PruneParams, RetentionStore, SettingsStore, Store, StoreCounters } from "./store.ts";
export type {
  AcceptedEvent,
  AcceptUnit,
  BeginSleep,
  CallUnit,
  CancelUnit,
  CommitParams,
  CommitResult,
  Effect,
  EventOutcome,
  EventResult,
  HolderRef,
  Lease,
  Next,
  OpenGroup,
  OwnLease,
  PlanStep,
  RecordAttempt,
  ReleaseUnit,
  RunChange,
  SettleStep,
  StartResult,
  StartRun,
  StepLease,
  Unit,
  UnitOutcome,
  WakeHint,
} from "./units.ts";
