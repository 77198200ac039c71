import type { FailureGroupReport } from "@stepwell/store";
import { iso } from "./run-view.ts";

/** A group of failures in the shape of our own API. */
export function failureView(group: FailureGroupReport): Record<string, unknown> {
  return {
    fingerprint: group.fingerprint,
    state: group.state,
    stateAt: iso(group.stateAt),
    reopenedAt: iso(group.reopenedAt),
    name: group.name,
    template: group.template,
    stepName: group.stepName ?? null,
    frame: group.frame ?? null,
    function: { slug: group.functionSlug, name: group.functionName, appId: group.appName },
    runs: { total: group.count, kept: group.kept, redriven: group.redriven },
    firstAt: iso(group.firstAt),
    lastAt: iso(group.lastAt),
  };
}
