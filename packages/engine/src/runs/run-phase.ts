import { type EpochMs, epochMs, formatDuration, isEnded } from "@stepwell/protocol";
import type { EndedStatus, RunReport } from "@stepwell/store";
import type { OpenBreaker } from "../admission/decide-breaker.ts";
import type { RunPhase } from "./run-phase-report.ts";
import { singletonHolderOf } from "./singleton-holder.ts";

/** What memory knows of a run and the store does not. */
export interface RunFacts {
  /** A call of the run is under way in this process. */
  readonly isInCall: boolean;
  /** The run was born leased and waits in memory for a free call. */
  readonly isInMemory: boolean;
  /** Its app does not list its function any more. */
  readonly isGone: boolean;
  /** Nothing in this process can call its app, which is at this address. */
  readonly unreachableAt?: string;
  /** How long a run stays alive then. Absent: for ever. */
  readonly goneMs: number | undefined;
  /** What holds its calls back. */
  readonly breaker?: OpenBreaker | undefined;
}

/** The status people see. It is computed from what of the run is alive; no row is flipped when a run parks or wakes. */
export function runPhase(run: RunReport, now: number, facts: RunFacts): RunPhase {
  if (isEnded(run.status)) return endedPhase(run, run.status);
  if (facts.isInCall) return { status: "running" };
  if (facts.isGone) return gonePhase(run, facts.goneMs);
  if (facts.unreachableAt !== undefined) return unreachablePhase(run, facts.unreachableAt);
  if (facts.isInMemory) return { status: "queued", reason: { code: "queue", text: "waits for a free call" } };
  const { live } = run;
  if (live === undefined || live.nextDueAt === undefined) return live?.held === true ? { status: "running" } : waitPhase(run, now);
  const until = live.nextDueAt;
  const step = live.nextStepId === undefined ? {} : { stepId: live.nextStepId };
  if (live.sleeping && until > now)
    return {
      status: "waiting",
      reason: {
        code: "sleep",
        text: `sleeps${live.nextStepName === undefined ? "" : ` in "${live.nextStepName}"`} for another ${formatDuration(roundUp(until - now))}`,
        until,
        ...step,
      },
    };
  if (facts.breaker !== undefined && until <= now && !live.held) return heldPhase(run, facts.breaker, now);
  if ((live.nextAttempt ?? 0) > 0)
    return {
      status: "retrying",
      reason: {
        code: "retry",
        text: `attempt ${(live.nextAttempt ?? 0) + 1} in ${formatDuration(roundUp(Math.max(0, until - now)))}`,
        until,
        ...step,
      },
    };
  if (live.held) return { status: "running" };
  if (until > now && run.status === "running") return putOffPhase(facts.breaker, until, now);
  if (until > now)
    return { status: "queued", reason: { code: "scheduled", text: `starts in ${formatDuration(roundUp(until - now))}`, until } };
  return { status: run.status === "queued" ? "queued" : "running", reason: { code: "queue", text: "waits for its turn" } };
}

function endedPhase({ cancelReason }: RunReport, status: EndedStatus): RunPhase {
  const holder = status === "skipped" ? singletonHolderOf(cancelReason) : undefined;
  return holder === undefined
    ? { status }
    : { status, reason: { code: "singleton", text: `run ${holder} of the function has the singleton` } };
}

/** It is due, and its breaker is open or lets one probe at a time through. */
function heldPhase(run: RunReport, { reason, until, calls, failures }: OpenBreaker, now: number): RunPhase {
  const why =
    reason === "failures"
      ? `the breaker of ${run.functionSlug} is open: ${failures} of ${calls} calls failed`
      : `the app of ${run.functionSlug} asked for a pause`;
  const next =
    now < until ? `; the next call is made in ${formatDuration(roundUp(until - now))}` : "; one call at a time is made until one goes well";
  const status = run.status === "queued" ? "queued" : "waiting";
  return { status, reason: { code: "circuit_open", text: why + next, ...(now < until ? { until } : {}) } };
}

/** Under way, not asleep, and called later with no attempt used up: the app put it off. */
function putOffPhase(breaker: OpenBreaker | undefined, until: EpochMs, now: number): RunPhase {
  const text = `the app did not take the call; it is made again in ${formatDuration(roundUp(until - now))}`;
  return { status: "waiting", reason: { code: breaker === undefined ? "scheduled" : "circuit_open", text, until } };
}

/** Whoever archived the function decides by registering it again, or the time does. */
function gonePhase({ functionArchivedAt }: RunReport, goneMs: number | undefined): RunPhase {
  const text = "waits for its function, which its app does not list any more; it goes on when the app registers it again";
  if (functionArchivedAt === undefined || goneMs === undefined) return { status: "waiting", reason: { code: "function_gone", text } };
  const until = epochMs(functionArchivedAt + goneMs);
  const end = `, or is cancelled ${formatDuration(goneMs)} after that`;
  return { status: "waiting", reason: { code: "function_gone", text: text + end, until } };
}

/** What it waits for comes, but nobody here can go on with it. */
function unreachablePhase(run: RunReport, url: string): RunPhase {
  const text = `waits for a process that can call the app "${run.appName}": this one cannot reach ${url}`;
  return { status: run.status === "queued" ? "queued" : "waiting", reason: { code: "app_unreachable", text } };
}

const waitVerbs = { event: "the event", signal: "the signal", invoke: "a run of" } as const;

/** Nothing of it is queued or held: it waits for something else to happen. */
function waitPhase(run: RunReport, now: number): RunPhase {
  const waitsFor = run.live?.waitsFor;
  if (waitsFor === undefined) return { status: "waiting" };
  const { kind, name, until, stepId, stepName, count } = waitsFor;
  const others = count > 1 ? `, and ${count - 1} more` : "";
  const text = `waits in "${stepName}" for ${waitVerbs[kind]} "${name}"${others}, for another ${formatDuration(roundUp(Math.max(0, until - now)))}`;
  return { status: "waiting", reason: { code: kind, text, until, stepId } };
}

/** Whole seconds from a second up: nobody reads milliseconds of an hour. */
function roundUp(ms: number): number {
  return ms < 1_000 ? ms : Math.ceil(ms / 1_000) * 1_000;
}
