/** Whether a name is one of those that a wildcard means; a plain name is none. */
export function isLike(name: string, wildcard: string): boolean {
  return wildcard.endsWith("*") && name.startsWith(wildcard.slice(0, -1));
}
