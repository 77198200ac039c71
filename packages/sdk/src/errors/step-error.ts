import { isObject } from "@stepwell/protocol";
import { addFields, reviveError } from "./revive-error.ts";

/**
 * What a step rejects with once its attempts are used up. It has the name, message, stack, cause and `code` of the error that
 * the last attempt threw, and of its other own members those that are plain JSON, up to 4,096 characters. Uncaught it fails the
 * run without further retries; anything else thrown in its place is retried as an error of the function.
 */
export class StepError extends Error {
  /** The id of the step, as the function names it. */
  readonly stepId: string;
  declare readonly code?: string | number;

  constructor(stepId: string, error: unknown) {
    const source = isObject(error) ? error : {};
    super(typeof source["message"] === "string" ? source["message"] : String(error));
    this.name = typeof source["name"] === "string" && source["name"] !== "" ? source["name"] : "StepError";
    this.stepId = stepId;
    if (typeof source["stack"] === "string") this.stack = source["stack"];
    if (source["cause"] !== undefined && source["cause"] !== null) this.cause = reviveError(source["cause"]);
    if (source["code"] !== undefined) this.code = source["code"] as string | number;
    addFields(this, source["fields"]);
  }
}
