import { loadParts } from "./known-parts.ts";
import { type EncodedResult, encodeResult } from "./rich-value.ts";

/** What a step gave, as it is recorded already: whoever is told that it is complete hears so when nothing is in its way any more. */
export class EncodedStep {
  readonly result: EncodedResult;

  constructor(result: EncodedResult) {
    this.result = result;
  }

  /** @throws {StepwellError} It cannot be recorded. */
  static async of(value: unknown, stepId: string, isRich: boolean): Promise<EncodedStep> {
    let result = encodeResult(value, stepId, isRich);
    while (result === undefined) {
      await loadParts();
      result = encodeResult(value, stepId, isRich);
    }
    return new EncodedStep(result);
  }
}
