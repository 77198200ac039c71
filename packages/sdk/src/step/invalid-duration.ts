import { StepwellError } from "@stepwell/protocol";

export function invalidDuration(stepId: string, option: string, value: unknown): StepwellError {
  const shown = typeof value === "object" ? (JSON.stringify(value) ?? "an object") : String(value);
  const what = value === undefined ? `${option} is missing` : `${option} is ${shown}, which is no time`;
  return new StepwellError(
    "invalid_duration",
    `step "${stepId}": ${what}; give milliseconds, a duration such as "30s" or "2h", or a date`,
    { retryable: false },
  );
}
