/** What a gate asks of one start, and why its expression failed. */
export interface GateDecision<Gate> {
  readonly gate: Gate;
  readonly warning?: string;
}
