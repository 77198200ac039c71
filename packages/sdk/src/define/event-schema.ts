import { StepwellError } from "@stepwell/protocol";
import type { StandardIssue, StandardSchemaV1 } from "./standard-schema.ts";

/**
 * What a schema makes of an event's data.
 *
 * @throws {StepwellError} `event_data_invalid`: it does not fit; the message has the path and the schema's own words.
 */
export async function checkEventData(schema: StandardSchemaV1, data: unknown, name: string): Promise<unknown> {
  const result = await schema["~standard"].validate(data);
  if (result.issues === undefined) return result.value;
  throw dataInvalid(name, result.issues);
}

function dataInvalid(name: string, issues: readonly StandardIssue[]): StepwellError {
  const said = issues.slice(0, issuesMax).map((issue) => `${["data", ...pathOf(issue)].join(".")}: ${issue.message}`);
  const more = issues.length > issuesMax ? `; and ${issues.length - issuesMax} more` : "";
  return new StepwellError("event_data_invalid", `the data of "${name}" does not fit its schema: ${said.join("; ")}${more}`, {
    retryable: false,
    advice: "Send what the schema asks for, or change the schema.",
  });
}

const issuesMax = 10;

function pathOf({ path = [] }: StandardIssue): readonly string[] {
  return path.map((part) => String(typeof part === "object" ? part.key : part));
}

/** A value with the interface that schema libraries share. */
export function isSchema(value: unknown): value is StandardSchemaV1 {
  return (typeof value === "object" || typeof value === "function") && value !== null && "~standard" in value;
}
