// Credentials of requests that steps wait for. They are in memory from the reply that reported the step until it has its
// result, and nowhere else.

import { type GatewayCredentials, limits, type RunId, type StepId } from "@stepwell/protocol";

interface OfRun {
  readonly steps: Map<StepId, GatewayCredentials>;
  length: number;
}

/** Bounded: what the oldest runs gave goes first, and their apps are asked for it again. */
export class StepCredentials {
  readonly #lengthMax: number;
  /** In the order in which the runs came. */
  readonly #runs = new Map<RunId, OfRun>();
  #length = 0;

  constructor(lengthMax: number = limits.gatewayCredentialsLengthMax) {
    this.#lengthMax = lengthMax;
  }

  /** Those that were reported first stay: they belong to the request that is stored. */
  keep(runId: RunId, stepId: StepId, credentials: GatewayCredentials): void {
    const known = this.#runs.get(runId) ?? { steps: new Map(), length: 0 };
    if (known.steps.has(stepId)) return;
    this.#runs.set(runId, known);
    known.steps.set(stepId, credentials);
    this.#count(known, lengthOf(credentials));
    for (const [oldest] of this.#runs) {
      if (this.#length <= this.#lengthMax) return;
      this.forgetRun(oldest);
    }
  }

  find(runId: RunId, stepId: StepId): GatewayCredentials | undefined {
    return this.#runs.get(runId)?.steps.get(stepId);
  }

  forget(runId: RunId, stepId: StepId): void {
    const known = this.#runs.get(runId);
    const credentials = known?.steps.get(stepId);
    if (known === undefined || credentials === undefined) return;
    known.steps.delete(stepId);
    this.#count(known, -lengthOf(credentials));
    if (known.steps.size === 0) this.#runs.delete(runId);
  }

  forgetRun(runId: RunId): void {
    const known = this.#runs.get(runId);
    if (known === undefined) return;
    this.#length -= known.length;
    this.#runs.delete(runId);
  }

  #count(known: OfRun, length: number): void {
    known.length += length;
    this.#length += length;
  }
}

function lengthOf({ url, headers }: GatewayCredentials): number {
  let length = url.length;
  for (const [name, value] of headers) length += name.length + value.length;
  return length;
}
