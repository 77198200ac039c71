// What an engine can be asked. Its parts and loops are in the machine.

import { type EventId, epochMs, isEnded, limits, type RunId, readRateLimitedDetail } from "@stepwell/protocol";
import type { AppRecord, FunctionId, FunctionRecord, RunReport } from "@stepwell/store";
import { saveCheckpoint } from "./attempts/checkpoint.ts";
import type {
  AppendLogsParams,
  CancelRunResult,
  CheckpointParams,
  CheckpointResult,
  Engine,
  EngineGauges,
  EngineParts,
  InvokeFunctionParams,
  InvokeFunctionResult,
  RemoveAppParams,
  RemoveAppResult,
  SendEventsParams,
  SendEventsResult,
  SendSignalParams,
  SendSignalResult,
  SetMetadataParams,
  SetMetadataResult,
  SetRunLimitParams,
  SyncAppOutcome,
} from "./engine-interface.ts";
import { EngineMachine } from "./engine-machine.ts";
import { decideAccept } from "./events/accept-event.ts";
import { decideInvoke } from "./events/invoke-function-api.ts";
import { rerun } from "./events/rerun.ts";
import type { RerunParams, RerunResult } from "./events/rerun-request.ts";
import { Explainer } from "./explanations/explainer.ts";
import type { RunPhase } from "./runs/run-phase-report.ts";
import { singletonHolderOf } from "./runs/singleton-holder.ts";
import { listSchedules, type ScheduleReport } from "./schedules/list-schedules.ts";
import { cancelRun } from "./waits/cancel-run.ts";

/** Makes an engine from its parts. It does nothing before `start`. */
export function buildEngine(parts: EngineParts): Engine {
  return new StepEngine(parts);
}

class StepEngine implements Engine {
  readonly #parts: EngineParts;
  readonly #store: EngineParts["store"];
  readonly #machine: EngineMachine;
  readonly why: Explainer;
  #eventsAccepted = 0;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#store = parts.store;
    this.#machine = new EngineMachine(parts);
    const { registry, hands, breakers, options } = this.#machine;
    this.why = new Explainer({
      ...{ store: parts.store, registry, hands, breakers, callsInFlightMax: options.callsInFlightMax },
      now: this.now,
      phaseOf: (run) => this.phaseOf(run),
    });
  }

  readonly now = (): ReturnType<EngineParts["clock"]["now"]> => this.#parts.clock.now();

  get reports(): Engine["reports"] {
    return this.#store.reports;
  }

  start(): Promise<void> {
    return this.#machine.start();
  }

  stop(params: { readonly graceMs: number }): Promise<void> {
    return this.#machine.stop(params);
  }

  async sendEvents(params: SendEventsParams): Promise<SendEventsResult> {
    const acceptance = decideAccept(params, this.#machine.acceptContext());
    const { unit, ids, entries } = acceptance;
    const outcome = await this.#machine.writer.commit(unit);
    if (outcome.kind !== "accepted") throw new Error(`the store did not accept the events: ${outcome.kind}`);
    this.#eventsAccepted += ids.length;
    this.#machine.workshop.takeStarted({ events: unit.events, entries }, outcome.events);
    return { kind: "accepted", ids };
  }

  async sendSignal({ signal, data }: SendSignalParams): Promise<SendSignalResult> {
    const endedAt = this.now();
    const { environmentId } = this.#store;
    const keptUntil = epochMs(endedAt + limits.signalKeptMs);
    const outcome = await this.#machine.writer.commit({ kind: "signal", environmentId, signal, data, endedAt, keptUntil });
    return outcome.kind === "signalled" ? { kind: "received", runId: outcome.runId } : { kind: "kept" };
  }

  async invokeFunction(params: InvokeFunctionParams): Promise<InvokeFunctionResult> {
    const target = this.#machine.workshop.findFunction(params.functionName);
    if (target === undefined) return { kind: "function_not_found" };
    const { unit, eventId, runId } = decideInvoke(params, target, this.#machine.acceptContext());
    const outcome = await this.#machine.writer.commit(unit);
    if (outcome.kind !== "accepted") throw new Error(`the store did not accept the invoke: ${outcome.kind}`);
    this.#eventsAccepted += 1;
    this.#machine.workshop.takeStarted({ events: unit.events, entries: [[target]] }, outcome.events);
    const [result] = outcome.events;
    if (result?.kind === "repeated") return this.#repeatedInvoke(eventId, target.record.id);
    const [start] = result?.starts ?? [];
    if (start?.kind === "duplicate") return { kind: "duplicate", eventId, runId: start.of };
    if (start?.kind === "skipped") return { kind: "skipped", eventId, runId, by: start.by };
    if (start?.kind === "rate_limited") return { kind: "rate_limited", eventId, nextAt: start.nextAt };
    if (start?.kind === "pending") return { kind: start.isKept ? "started" : "duplicate", eventId, runId: start.runId };
    return { kind: "started", eventId, runId };
  }

  /** A send that was repeated is answered as the first was. */
  async #repeatedInvoke(eventId: EventId, functionId: FunctionId): Promise<InvokeFunctionResult> {
    const run = (await this.reports.eventRuns(eventId)).find((each) => each.functionId === functionId);
    const by = run?.status === "skipped" ? singletonHolderOf(run.cancelReason) : undefined;
    if (run !== undefined && by !== undefined) return { kind: "skipped", eventId, runId: run.id, by };
    if (run !== undefined) return { kind: "started", eventId, runId: run.id };
    const outcome = (await this.reports.eventOutcomes(eventId)).find((each) => each.functionId === functionId);
    if (outcome?.kind === "rate_limited" && outcome.detail !== undefined)
      return { kind: "rate_limited", eventId, nextAt: readRateLimitedDetail(outcome.detail).nextAt };
    const isCollected = outcome?.kind === "batched" || outcome?.kind === "debounced";
    return { kind: isCollected ? "started" : "duplicate", eventId, runId: (outcome?.detail ?? "") as RunId };
  }

  get bulkCancels(): Engine["bulkCancels"] {
    return this.#machine.bulkCancels;
  }

  get breakers(): Engine["breakers"] {
    return this.#machine.breakers;
  }

  async schedules(): Promise<readonly ScheduleReport[]> {
    const timers = await this.#store.timers.list({ kind: "cron" });
    return listSchedules(this.#machine.registry.schedules().values(), timers, this.now());
  }

  syncApp(request: Parameters<Engine["syncApp"]>[0]): Promise<SyncAppOutcome> {
    return this.#machine.apps.sync(request);
  }

  setAppError(params: { readonly appName: string; readonly error: string | undefined }): Promise<void> {
    return this.#machine.apps.setError(params);
  }

  removeApp(params: RemoveAppParams): Promise<RemoveAppResult> {
    return this.#machine.apps.remove(params);
  }

  checkpoint(params: CheckpointParams): Promise<CheckpointResult> {
    const run = this.#machine.hands.find(params.itemId);
    const isInHand = run !== undefined && run.runId === params.runId && !run.isEnded;
    return isInHand ? saveCheckpoint(this.#machine.workshop, run, params) : this.#refuseCheckpoint(params);
  }

  /** Nothing of the run is in hand that the checkpoint could belong to. */
  async #refuseCheckpoint(params: CheckpointParams): Promise<CheckpointResult> {
    const stored = await this.#store.runs.find(params.runId);
    if (stored === undefined) return { kind: "not_found" };
    if (isEnded(stored.status)) return { kind: "run_ended", status: stored.status };
    this.#parts.observer?.emit({ kind: "checkpoint.stale", at: this.now(), runId: params.runId });
    return { kind: "stale" };
  }

  async cancelRun(params: { readonly runId: RunId; readonly reason: string }): Promise<CancelRunResult> {
    const outcome = await cancelRun(this.#machine.cancelParts, params);
    if (outcome.kind === "not_found") return { kind: "not_found" };
    return outcome.kind === "run_ended" ? { kind: "already_ended", status: outcome.status } : { kind: "cancelled" };
  }

  rerun(params: RerunParams): Promise<RerunResult> {
    const { reports } = this.#store;
    return rerun({ reports, writer: this.#machine.writer, context: this.#machine.acceptContext() }, params);
  }

  get bulkRedrives(): Engine["bulkRedrives"] {
    return this.#machine.bulkRedrives;
  }

  async setFailureState({ fingerprint, state }: Parameters<Engine["setFailureState"]>[0]): Promise<boolean> {
    const { environmentId } = this.#store;
    const outcome = await this.#machine.writer.commit({ kind: "set_failure_state", environmentId, fingerprint, state, at: this.now() });
    return outcome.kind === "committed";
  }

  async setMetadata({ runId, entries }: SetMetadataParams): Promise<SetMetadataResult> {
    const outcome = await this.#machine.writer.commit({ kind: "set_metadata", runId, at: this.now(), entries });
    if (outcome.kind === "committed") return { kind: "set" };
    if (outcome.kind === "not_found") return { kind: "not_found" };
    if (outcome.kind === "metadata_full") return { kind: "too_large", limit: outcome.limit };
    throw new Error(`the store did not take metadata: ${outcome.kind}`);
  }

  async appendLogs({ runId, entries }: AppendLogsParams): Promise<{ readonly kind: "appended" | "not_found" }> {
    const outcome = await this.#machine.writer.commit({ kind: "append_logs", runId, entries });
    if (outcome.kind === "committed") return { kind: "appended" };
    if (outcome.kind === "not_found") return { kind: "not_found" };
    throw new Error(`the store did not take log lines: ${outcome.kind}`);
  }

  setRunLimit({ functionId, limit, max }: SetRunLimitParams): boolean {
    const { limits: set } = this.#machine.workshop;
    if (max === undefined) return set.remove(functionId, limit);
    if (!Number.isInteger(max) || max < 0 || max > limits[limit]) return false;
    set.set(functionId, limit, max);
    return true;
  }

  apps(): readonly AppRecord[] {
    return this.#machine.registry.apps();
  }

  functions(): readonly FunctionRecord[] {
    return this.#machine.registry.functions();
  }

  findFunction(name: string): FunctionRecord | undefined {
    return this.#machine.registry.find(name);
  }

  phaseOf(run: RunReport): RunPhase {
    return this.#machine.phaseOf(run);
  }

  measureQueue(): ReturnType<Engine["measureQueue"]> {
    return this.#store.queue.measure({ now: this.now() });
  }

  gauges(): EngineGauges {
    const { commits, rowsWritten } = this.#store.counters;
    const { batches, units, commitMs } = this.#machine.writer.totals;
    return {
      ...this.#machine.workshop.totals,
      ...{ batches, units, commitMs, commits, rowsWritten },
      eventsAccepted: this.#eventsAccepted,
      callsInFlight: this.#machine.hands.inFlight,
      runsInMemory: this.#machine.runsInMemory,
    };
  }
}
