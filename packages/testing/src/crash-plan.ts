export interface CrashOptions {
  /** The process dies after the step's result was recorded. By default before: the step's work was done, and nobody knows. */
  readonly recorded?: boolean;
}

/** At which steps the process is to die, each once. */
export class CrashPlan {
  #planned: { readonly step: string; readonly recorded: boolean }[] = [];

  add(step: string, { recorded = false }: CrashOptions): void {
    this.#planned.push({ step, recorded });
  }

  /** Whether it dies now; it will not do so again for the same reason. */
  take(step: string, recorded: boolean): boolean {
    const place = this.#planned.findIndex((each) => each.step === step && each.recorded === recorded);
    if (place < 0) return false;
    this.#planned.splice(place, 1);
    return true;
  }

  /** Steps that the process was to die at and has not died at. */
  get open(): readonly string[] {
    return this.#planned.map(({ step }) => step);
  }

  forget(steps: readonly string[]): void {
    this.#planned = this.#planned.filter(({ step }) => !steps.includes(step));
  }
}
