// When a run would begin, if things go on as they did. Nothing is said where the past does not tell.

import { type EpochMs, epochMs } from "@stepwell/protocol";
import type { QueuePlace, ReleaseReport } from "@stepwell/store";
import type { Estimate } from "./run-explanation.ts";

export interface EstimateFacts {
  readonly now: EpochMs;
  readonly place: QueuePlace;
  readonly isAtLeast: boolean;
  /** Runs of its lane that began after they had waited, in the order of their beginning. */
  readonly releases: readonly ReleaseReport[];
  /** Keys of the lane: with more than one its lanes share what limits them. */
  readonly hasOneKey: boolean;
}

const gapsMin = 5;
const gapsOfMedium = 20;
const gapsMax = 50;

export function estimateStart(facts: EstimateFacts): Estimate | undefined {
  const { place, now, isAtLeast } = facts;
  const shut = place.gates.filter(({ isShut }) => isShut);
  if (place.state === "parked") return place.dueAt > now && shut.length === 0 ? atItsTime(place.dueAt) : undefined;
  if (isAtLeast || !place.isStart || shut.some(({ kind }) => kind === "hold")) return undefined;
  const [only] = shut;
  if (shut.length === 1 && only?.rule?.kind === "throttle" && only.opensAt !== undefined && facts.hasOneKey)
    return throttled(only.opensAt, only.rule, only.line?.ahead ?? place.ahead);
  return shut.length === 0 ? undefined : fromReleases(facts);
}

function atItsTime(startAt: EpochMs): Estimate {
  return { startAt, confidence: "high", basis: "its time" };
}

/** A throttle is its own clock. */
function throttled(opensAt: EpochMs, { limit, periodMs }: { readonly limit: number; readonly periodMs: number }, ahead: number): Estimate {
  const startAt = epochMs(Math.ceil(opensAt + (ahead * periodMs) / limit));
  return { startAt, confidence: "high", basis: "the pace of the throttle" };
}

/**
 * From the time between one beginning and the next, where the next run waited already at the first: any other gap tells of
 * how rarely events came. When the present gap is longer than all of these, they tell nothing.
 */
function fromReleases({ releases, place, now }: EstimateFacts): Estimate | undefined {
  const gaps: number[] = [];
  for (const [index, { queuedAt, startedAt }] of releases.entries()) {
    const before = releases[index - 1]?.startedAt;
    if (before !== undefined && queuedAt <= before) gaps.push(startedAt - before);
  }
  const recent = gaps.slice(-gapsMax).sort((one, other) => one - other);
  const lastAt = releases.at(-1)?.startedAt;
  const median = recent[Math.floor(recent.length / 2)];
  if (recent.length < gapsMin || lastAt === undefined || median === undefined || now - lastAt > (recent.at(-1) ?? 0)) return undefined;
  const startAt = epochMs(Math.max(now, lastAt + median) + place.ahead * median);
  return {
    startAt,
    confidence: recent.length < gapsOfMedium ? "low" : "medium",
    basis: `median of ${recent.length} releases`,
  };
}
