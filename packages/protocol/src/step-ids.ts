import type { StepId } from "./ids.ts";
import { sha1Hex } from "./sha1.ts";

/** The id under which a step crosses the wire. The second use of one id in a run is `id:1`, the third `id:2`. */
export function hashStepId(id: string, index = 0): StepId {
  return sha1Hex(index === 0 ? id : `${id}:${index}`) as StepId;
}

/** What SDKs send as the id of `RunComplete`. */
export const RUN_COMPLETE_ID: StepId = hashStepId("complete");
