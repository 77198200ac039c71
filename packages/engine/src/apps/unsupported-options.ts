import type { FunctionConfig } from "@stepwell/protocol";

export interface UnsupportedOption {
  readonly option: string;
  readonly message: string;
}

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
  return found;
}

function isGiven(value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).some((part) => (Array.isArray(part) ? part.length > 0 : part !== undefined));
}
