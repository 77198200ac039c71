import { nearest, StepwellError } from "@stepwell/protocol";

/** The names that an options object may have, and those within its members, or within each where one is a list. */
export interface OptionNames {
  readonly [name: string]: 1 | OptionNames;
}

/**
 * Tells whoever writes no types of options that there are not: one that is dropped in silence is missed when it matters.
 *
 * @param warn - Takes a sentence on a name that is like none; without it that is refused too. Options of another SDK, or of a
 *   later version, are such.
 * @throws {StepwellError} `option_unknown`: the name is a known one, misspelt.
 */
export function checkOptionNames(owner: string, options: unknown, known: OptionNames, warn?: (sentence: string) => void): void {
  if (Array.isArray(options)) for (const each of options) checkOptionNames(owner, each, known, warn);
  if (!isPlain(options)) return;
  for (const [name, value] of Object.entries(options)) {
    const inner = Object.hasOwn(known, name) ? known[name] : undefined;
    if (value === undefined || inner === 1) continue;
    if (inner !== undefined) checkOptionNames(`${name} of ${owner}`, value, inner, warn);
    else tell(owner, name, Object.keys(known), warn);
  }
}

function tell(owner: string, name: string, names: readonly string[], warn: ((sentence: string) => void) | undefined): void {
  // Short names are all alike.
  const near = nearest(name, names, name.length < 5 ? 1 : 2);
  const sentence = `${owner} has no option "${name}"`;
  const advice = near === undefined ? `It has ${names.join(", ")}` : `Did you mean "${near}"?`;
  if (near !== undefined || warn === undefined) throw new StepwellError("option_unknown", `${sentence}. ${advice}`, { retryable: false });
  warn(`stepwell: ${sentence}: it is ignored. ${advice} (option_unknown)`);
}

/** What is of a class, as a type of event is, has names of its own. */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
