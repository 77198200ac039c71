// Which fault a call meets. Pure but for the numbers it draws: the same seed gives the same weather.

import { limits } from "@stepwell/protocol";
import type { Random } from "../seams/random.ts";

export type PlannedFault =
  /** The app gets the call twice; the reply to one of the two is dropped. */
  | { readonly kind: "doubled"; readonly keeps: "first" | "second"; readonly afterMs: number }
  /** The app does the work, and its reply never arrives. */
  | { readonly kind: "reply_lost" }
  /** The app is not there. */
  | { readonly kind: "refused" }
  | { readonly kind: "delayed"; readonly ms: number }
  /** Another step of the run overtakes this one. */
  | { readonly kind: "reordered" };

export interface FaultQuestion {
  /** Of all calls, the part that meets a fault: from 0 to 1. */
  readonly rate: number;
  /** The call is for one step of several. */
  readonly isParallel: boolean;
  /** So often in a row has chaos made calls of this item fail. */
  readonly failuresInARow: number;
}

/** What repeats work is what people look for, so it comes most often. */
const weights: readonly (readonly [PlannedFault["kind"], number])[] = [
  ["doubled", 35],
  ["reply_lost", 25],
  ["refused", 15],
  ["delayed", 15],
  ["reordered", 10],
];

/** A copy comes so much later, most often while the first is still under way. */
const copyDelayMsMax = 200;

export function decideFault({ rate, isParallel, failuresInARow }: FaultQuestion, random: Random): PlannedFault | undefined {
  if (random.uniform() >= rate) return undefined;
  const mayFail = failuresInARow < limits.chaosFailuresInARowMax;
  const possible = weights.filter(([kind]) =>
    kind === "reordered" ? isParallel : mayFail || (kind !== "reply_lost" && kind !== "refused"),
  );
  return withDetails(pick(possible, random), random);
}

function pick(possible: typeof weights, random: Random): PlannedFault["kind"] {
  let left = random.uniform() * possible.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [kind, weight] of possible) {
    left -= weight;
    if (left < 0) return kind;
  }
  return "doubled";
}

function withDetails(kind: PlannedFault["kind"], random: Random): PlannedFault {
  if (kind === "delayed") return { kind, ms: Math.ceil(random.uniform() * limits.chaosDelayMsMax) };
  if (kind !== "doubled") return { kind };
  return { kind, keeps: random.uniform() < 0.5 ? "first" : "second", afterMs: Math.floor(random.uniform() * copyDelayMsMax) };
}
