import { type FunctionConfig, systemEvents } from "@stepwell/protocol";

/**
 * What an SDK registers for `onFailure`: a function of its own, whose one trigger is the failure of the function that it
 * is named after.
 */
export function isFailureHandler({ slug, triggers }: FunctionConfig): boolean {
  const [trigger] = triggers;
  if (triggers.length !== 1 || trigger?.kind !== "event" || trigger.event !== systemEvents.failed || !slug.endsWith("-failure"))
    return false;
  const failed = /event\.data\.function_id\s*==\s*(?:'([^']*)'|"([^"]*)")/.exec(trigger.expression ?? "");
  return failed !== null && `${failed[1] ?? failed[2]}-failure` === slug;
}
