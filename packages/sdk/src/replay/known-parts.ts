import type { RareParts } from "./rare-parts.ts";

let known: RareParts | undefined;

/** What few calls need. `undefined`: no call has needed it yet. */
export function knownParts(): RareParts | undefined {
  return known;
}

/** From here on it is known: in an engine in the same process from the first call on, so that no call differs from another. */
export function useParts(parts: RareParts): void {
  known = parts;
}

export async function loadParts(): Promise<RareParts> {
  known ??= (await import("./rare-parts.ts")).rareParts;
  return known;
}
