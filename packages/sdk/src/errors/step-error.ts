import { isObject } from "@stepwell/protocol";
import { reviveError } from "./revive-error.ts";

/**
 * What a step rejects with once its attempts are used up. It has the name, message, stack and cause of the error that
 * the last attempt threw. Uncaught it fails the run without further retries; anything else thrown in its place is
 * retried as an error of the function.
 */
export class StepError extends Error {
  /** The id of the step, as the function names it. */
  readonly stepId: string;

  constructor(stepId: string, error: unknown) {
    const source = isObject(error) ? error : {};
    super(typeof source["message"] === "string" ? source["message"] : String(error));
    this.name = typeof source["name"] === "string" && source["name"] !== "" ? source["name"] : "StepError";
    this.stepId = stepId;
    if (typeof source["stack"] === "string") this.stack = source["stack"];
    if (source["cause"] !== undefined && source["cause"] !== null) this.cause = reviveError(source["cause"]);
    if (source["code"] !== undefined) Object.assign(this, { code: source["code"] });
  }
}
