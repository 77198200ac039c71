import { type StepId, StepwellError } from "@stepwell/protocol";
import type { CrashPlan } from "./crash-plan.ts";

export interface FoundStep {
  /** As the function writes it. */
  readonly id: string;
  /** What people see in its place. */
  readonly name: string;
}

/** The steps that runs have come to in this test, whatever became of them. */
export class FoundSteps {
  readonly #byHash = new Map<string, FoundStep>();
  readonly #ids = new Set<string>();

  add(hashed: StepId, { id, name }: FoundStep): void {
    if (this.#byHash.has(hashed)) return;
    this.#byHash.set(hashed, { id, name });
    this.#ids.add(id);
  }

  of(hashed: string): FoundStep | undefined {
    return this.#byHash.get(hashed);
  }

  /**
   * Says it of crashes at steps that no run has come to, once.
   *
   * @throws {StepwellError} `step_not_reached`.
   */
  checkCrashes(crashes: CrashPlan): void {
    const missing = this.#missing(crashes.open);
    if (missing.length === 0) return;
    crashes.forget(missing);
    throw new StepwellError("step_not_reached", `the process was to die after ${quoted(missing)}, and ${this.#summary}`, {
      retryable: false,
      advice: "crashAfter takes a step's id, as the function writes it.",
    });
  }

  /** What is to be said of mocks and crashes at such steps, once all is over; `undefined`: nothing. */
  warning(steps: readonly string[]): string | undefined {
    const missing = this.#missing(steps);
    if (missing.length === 0 || this.#ids.size === 0) return undefined;
    return `stepwell: the test mocks ${quoted(missing)}, or crashes there, and ${this.#summary}`;
  }

  /** What is to be said of mocks that no step has come by; `undefined`: nothing. */
  unused(mocks: readonly string[]): string | undefined {
    return mocks.length === 0 ? undefined : `no step has come by the mocks of ${quoted(mocks)}: ${this.#summary}`;
  }

  #missing(ids: readonly string[]): readonly string[] {
    return [...new Set(ids)].filter((id) => !this.#ids.has(id));
  }

  get #summary(): string {
    const ids = [...this.#ids];
    const more = ids.length > shownMax ? ` and ${ids.length - shownMax} more` : "";
    return ids.length === 0 ? "no run has come to any step" : `runs have come to ${quoted(ids.slice(0, shownMax))}${more}`;
  }
}

const shownMax = 10;

function quoted(steps: readonly string[]): string {
  return steps.map((step) => `"${step}"`).join(", ");
}
