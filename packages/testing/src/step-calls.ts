/** One time that the code of a step ran, its own or a mock's. */
export interface StepCallRecord {
  readonly runId: string;
  readonly functionSlug: string;
  /** As the function writes it. */
  readonly step: string;
  /** Hashed, as it is stored. */
  readonly stepId: string;
  /** The arguments that the function gave it. */
  readonly input: readonly unknown[];
  /** Engine time. */
  readonly at: number;
  /** From 0. */
  readonly attempt: number;
}
