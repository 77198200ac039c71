import { StepwellError } from "@stepwell/protocol";
import { whyNot } from "../replay/plain-text.ts";

/**
 * What crosses the wire of data.
 *
 * @param whose - The beginning of the sentence that says whose data it is.
 * @throws {StepwellError} `event_data_invalid`: JSON cannot hold it.
 */
export function crossing<Value>(value: Value, whose: string): Value {
  if (value === undefined) return value;
  try {
    return JSON.parse(JSON.stringify(value) ?? "null") as Value;
  } catch (error) {
    throw new StepwellError("event_data_invalid", `${whose} cannot be sent: ${whyNot(error)}`, {
      retryable: false,
      cause: error,
      advice: "Send plain data: objects, lists, text, numbers; a big integer as text.",
    });
  }
}
