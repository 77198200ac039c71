import type { FunctionConfig } from "@stepwell/protocol";

export interface UnsupportedOption {
  readonly option: string;
  readonly message: string;
}

/** What the SDK registers a function for that others defer runs of. Nothing sends this event here. */
const deferTrigger = "inngest/deferred.schedule";

/** Options that are read and whose effect is not built yet, by the name a person wrote. At present there is none. */
const flowOptions: readonly string[] = [];

/**
 * What a function asks for and this server does not act on yet. Nothing of it is ignored in silence: `dev` takes the
 * function and says so, `start` refuses the sync.
 */
export function unsupportedOptions(config: FunctionConfig): readonly UnsupportedOption[] {
  const found: UnsupportedOption[] = [];
  const options = config.options as Readonly<Record<string, unknown>>;
  for (const option of flowOptions) {
    if (isGiven(options[option])) found.push({ option, message: `${config.slug}: "${option}" has no effect yet; runs start without it` });
  }
  for (const [index, trigger] of config.triggers.entries()) {
    if (trigger.kind !== "event" || trigger.event !== deferTrigger) continue;
    const message = `${config.slug}: deferred runs are not supported yet; nothing sends "${deferTrigger}", so this trigger never starts a run`;
    found.push({ option: `triggers[${index}].event`, message });
  }
  return found;
}

function isGiven(value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).some((part) => (Array.isArray(part) ? part.length > 0 : part !== undefined));
}
