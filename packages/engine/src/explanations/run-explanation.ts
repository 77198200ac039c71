// What is said of a run to whoever asks why it does not move.

import type { EpochMs, EventId, RunId, StepId } from "@stepwell/protocol";
import type { RunPhase } from "../runs/run-phase-report.ts";

export interface RunExplanation {
  readonly runId: RunId;
  readonly functionSlug: string;
  readonly functionName: string;
  /** `collecting`: a debounce or a batch takes its events, and the run does not exist yet. */
  readonly state: RunPhase["status"] | "collecting";
  /** Since when it is in this state; absent: nobody keeps it. */
  readonly since?: EpochMs;
  readonly headline: Headline;
  /** Of a run that failed. */
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string };
  /** Everything it must pass to be called, open or shut, in the order in which it is asked. Nothing of a run that is over. */
  readonly gates: readonly ToldGate[];
  /** Absent: what happened before does not tell. */
  readonly estimate?: Estimate;
  readonly advice: readonly Advice[];
}

export interface Headline {
  readonly code: string;
  /** One sentence. */
  readonly text: string;
  readonly until?: EpochMs;
}

export interface Estimate {
  readonly startAt: EpochMs;
  readonly confidence: "high" | "medium" | "low";
  /** What it follows from. */
  readonly basis: string;
}

export interface Advice {
  readonly code: "app_unreachable" | "breaker_open" | "child_queued" | "function_gone" | "holder_waiting" | "key_missing";
  readonly text: string;
  readonly runId?: RunId;
}

/** `text`: what it says in one sentence, where it is shut. */
export type ToldGate = RunGate & { readonly text?: string };

export type RunGate =
  | { readonly gate: "function_active"; readonly ok: boolean; readonly since?: EpochMs; readonly reason?: "archived" | "app_removed" }
  /** Of the last attempt to register or to reach it; calls are made all the same. */
  | { readonly gate: "app_reachable"; readonly ok: boolean; readonly since?: EpochMs; readonly error?: string }
  | DueGate
  | BreakerGate
  | LimitGate
  | ThrottleGate
  /** Its elders in the lane go before it. */
  | ({ readonly gate: "turn"; readonly ok: boolean } & Place)
  /** Calls under way on this server, and runs in memory that wait for one. */
  | { readonly gate: "node_room"; readonly ok: boolean; readonly limit: number; readonly inUse: number; readonly waiting: number }
  | WaitGate
  | CollectGate;

interface DueGate {
  readonly gate: "due";
  readonly ok: boolean;
  readonly until?: EpochMs;
  readonly reason?: "sleep" | "retry" | "scheduled";
  readonly stepId?: string;
  /** What it is tried again for. */
  readonly lastError?: { readonly code: string; readonly message: string | undefined; readonly at: EpochMs };
}

/** The breaker of its function, or of its key: calls of its lane are held back while it is open, and then made one at a time. */
interface BreakerGate extends GateKey {
  readonly gate: "breaker";
  readonly ok: boolean;
  readonly breakerId?: string;
  readonly status: "closed" | "open" | "half_open";
  readonly reason?: "failures" | "back_pressure";
  readonly since?: EpochMs;
  readonly until?: EpochMs;
  readonly calls?: number;
  readonly failures?: number;
}

export interface GateKey {
  readonly scope: "fn" | "env" | "account";
  /** The value; absent: one for all runs. */
  readonly key?: string;
  /** The expression, as the function has it. */
  readonly keyExpr?: string;
  /** As a person reads it, e.g. `tenant=42`. */
  readonly label?: string;
}

export interface Place {
  /** From 1, among what waits in its lane; of a limit that several lanes wait for, among what all of them have turns for. */
  readonly position: number;
  /** Elders were counted no further. */
  readonly isAtLeast: boolean;
  /** The first of those before it. */
  readonly queue: readonly RunId[];
}

export interface LimitGate extends GateKey {
  readonly gate: "concurrency";
  readonly ok: boolean;
  /** `step`: calls under way. `run`: runs that have begun and not ended. */
  readonly level: "step" | "run";
  readonly limit: number;
  readonly inUse: number;
  readonly holders: readonly GateHolder[];
  /** Of a gate that is shut. */
  readonly place?: Place;
}

export interface ThrottleGate extends GateKey {
  readonly gate: "throttle";
  readonly ok: boolean;
  readonly limit: number;
  readonly periodMs: number;
  readonly burst: number;
  readonly until?: EpochMs;
  readonly place?: Place;
}

export interface GateHolder {
  readonly runId: RunId;
  readonly functionSlug?: string;
  readonly status?: RunPhase["status"];
  /** What it does, or waits for. */
  readonly text?: string;
  readonly forMs?: number;
}

export interface WaitGate {
  readonly gate: "wait";
  readonly ok: false;
  readonly kind: "event" | "signal" | "invoke";
  readonly name: string;
  readonly condition?: string;
  /** An equality that the event must satisfy, with the run's own value in it. */
  readonly match?: string;
  readonly until: EpochMs;
  readonly since?: EpochMs;
  readonly stepId: StepId;
  readonly stepName: string;
  readonly child?: { readonly runId: RunId; readonly functionSlug: string; readonly status: RunPhase["status"] };
}

interface CollectGate extends GateKey {
  readonly gate: "collect";
  readonly ok: false;
  readonly kind: "debounce" | "batch";
  readonly since: EpochMs;
  readonly until: EpochMs;
  readonly cap?: EpochMs;
  /** Events so far; of a debounce all but one count for nothing. */
  readonly events: number;
  readonly eventsMax?: number;
  readonly eventId?: EventId;
}
