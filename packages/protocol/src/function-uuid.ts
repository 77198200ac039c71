import type { FunctionUuid } from "./ids.ts";
import { uuidFromName } from "./uuid.ts";

/** Stable for an environment and a slug, which has the app in it: a function that is gone, and one that is back, has the same. */
export function functionUuid(environmentId: number, slug: string): FunctionUuid {
  return uuidFromName(`function ${environmentId} ${slug}`) as FunctionUuid;
}
