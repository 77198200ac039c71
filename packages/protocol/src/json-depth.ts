import { limits } from "./limits.ts";

/**
 * Whether a value that came as JSON is nested deeper than `jsonDepthMax`. Objects and lists count, the value's own as one.
 *
 * @param textLength - Of the text it was read from. A level takes two characters, so most texts are too short to be too
 *   deep, and are not looked at.
 */
export function isTooDeep(value: unknown, textLength: number): boolean {
  return textLength > 2 * limits.jsonDepthMax && exceedsDepth(value, limits.jsonDepthMax);
}

/** What to say of it. */
export function tooDeepMessage(what: string): string {
  return `${what} is nested more than ${limits.jsonDepthMax} levels deep (jsonDepthMax)`;
}

function exceedsDepth(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((member) => exceedsDepth(member, levels - 1));
  for (const key in value) if (exceedsDepth((value as Record<string, unknown>)[key], levels - 1)) return true;
  return false;
}
