import type { JsonObject } from "@stepwell/protocol";

/** One line of a run's log for people. */
export function logText(line: JsonObject): string {
  const { at, level, text, data, stepId, stepName, attempt } = line;
  const step = stepName ?? stepId;
  const place = typeof step === "string" ? [`${step}${typeof attempt === "number" && attempt > 0 ? ` #${attempt + 1}` : ""}`] : [];
  const more = data === null || data === undefined ? [] : [JSON.stringify(data)];
  return [`${String(at)} ${String(level).padEnd(5)}`, ...place, String(text), ...more].join("  ");
}
