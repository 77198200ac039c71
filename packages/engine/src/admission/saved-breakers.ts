// Open breakers as they are kept among the settings.

import { type EpochMs, isObject, parseJson } from "@stepwell/protocol";
import type { FunctionId } from "@stepwell/store";
import type { OpenBreaker } from "./decide-breaker.ts";

export interface SavedBreaker {
  readonly functionId: FunctionId;
  readonly value?: string;
  readonly state: OpenBreaker;
}

/** What cannot be read is left out: a breaker finds out anew what it knew. */
export function readOpenBreakers(text: string | undefined): readonly SavedBreaker[] {
  const list = text === undefined ? undefined : parseJson(text);
  if (!Array.isArray(list)) return [];
  return list.filter(isObject).flatMap(({ functionId, value, state }): readonly SavedBreaker[] => {
    const open = isObject(state) ? openOf(state) : undefined;
    if (typeof functionId !== "number" || open === undefined) return [];
    return [{ functionId: functionId as FunctionId, ...(typeof value === "string" ? { value } : {}), state: open }];
  });
}

function openOf({ reason, since, until, passed, calls, failures }: Readonly<Record<string, unknown>>): OpenBreaker | undefined {
  const numbers = [since, until, passed, calls, failures];
  if ((reason !== "failures" && reason !== "back_pressure") || !numbers.every((each) => Number.isSafeInteger(each))) return undefined;
  return {
    ...{ status: "open", reason, since: since as EpochMs, until: until as EpochMs },
    ...{ passed: Number(passed), calls: Number(calls), failures: Number(failures) },
  };
}
