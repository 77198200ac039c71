// What became of an event. Pure: everything was read before.

import { triggerNamesFor } from "@stepwell/protocol";
import type { FunctionRecord } from "@stepwell/store";
import { compileTriggers } from "../apps/compile-triggers.ts";
import { falseConditions } from "../events/false-conditions.ts";
import { singletonHolderOf } from "../runs/singleton-holder.ts";
import type { EventExplanation, EventFate, FateFacts } from "./event-explanation.ts";
import type { EventFacts } from "./event-facts.ts";
import { fateText } from "./fate-text.ts";
import { outcomeFate } from "./outcome-fate.ts";
import type { Headline } from "./run-explanation.ts";
import type { SeenRun } from "./run-facts.ts";

export function explainEvent(facts: EventFacts): EventExplanation {
  const { event, wakes } = facts;
  const functions = fatesOf(facts);
  return {
    ...{ eventId: event.id, name: event.name, receivedAt: event.receivedAt },
    headline: headlineOf(functions, wakes.length),
    functions,
    wakes,
  };
}

function fatesOf(facts: EventFacts): readonly EventFate[] {
  const { runs, outcomes, rest } = facts;
  const told = outcomes.map((outcome) => ({ slug: outcome.functionSlug, id: outcome.functionId, fate: outcomeFate(outcome, facts) }));
  const toldRuns = new Set(told.map(({ fate }) => ("runId" in fate ? fate.runId : undefined)));
  const started = runs
    .filter(({ run }) => !toldRuns.has(run.id))
    .map((seen) => ({ slug: seen.run.functionSlug, id: seen.run.functionId, fate: runFate(seen) }));
  const left = rest.map(({ functionSlug, functionId, runId }) => ({
    ...{ slug: functionSlug, id: functionId },
    fate: { outcome: "pending", runId } as FateFacts,
  }));
  const known = [...started, ...told, ...left];
  const fates = known.map(({ slug, id, fate }) => fateOf({ slug, name: facts.entryOf(id)?.record.name ?? slug }, fate, facts));
  return [...fates, ...untold(facts, new Set(known.map(({ id }) => id)))];
}

function runFate({ run, phase }: SeenRun): FateFacts {
  const about = { runId: run.id, runStatus: phase.status };
  if (run.status !== "skipped") return { outcome: "started", ...about };
  const blockingRunId = singletonHolderOf(run.cancelReason);
  return { outcome: "skipped", ...about, ...(blockingRunId === undefined ? {} : { blockingRunId }) };
}

/** Of these nothing is recorded: they are judged by what functions are now. */
function untold(facts: EventFacts, told: ReadonlySet<FunctionRecord["id"]>): readonly EventFate[] {
  const { functions, event } = facts;
  const names = new Set(triggerNamesFor(event.name));
  const near = functions.filter(({ id, config }) => !told.has(id) && compileTriggers(config).some((trigger) => names.has(trigger.event)));
  const conditions = new Map(falseConditions(near, event).map((condition) => [condition.function.id, condition]));
  return near.map((record) => {
    const condition = conditions.get(record.id);
    return fateOf(record, untoldFate(record, condition, event.receivedAt), facts);
  });
}

function untoldFate(
  { archivedAt }: FunctionRecord,
  condition: { readonly expression: string; readonly read: Readonly<Record<string, unknown>> } | undefined,
  receivedAt: number,
): FateFacts {
  if (archivedAt !== undefined && archivedAt <= receivedAt) return { outcome: "removed", since: archivedAt };
  return condition === undefined
    ? { outcome: "unknown" }
    : { outcome: "not_matched", expression: condition.expression, read: condition.read };
}

function fateOf({ slug, name }: { readonly slug: string; readonly name: string }, fate: FateFacts, facts: EventFacts): EventFate {
  return { ...fate, function: { slug, name }, text: fateText(fate, facts) };
}

function headlineOf(fates: readonly EventFate[], wakes: number): Headline {
  const woken = wakes === 0 ? "" : `, and woke ${wakes} step${wakes === 1 ? "" : "s"}`;
  if (fates.length === 0) {
    const text =
      wakes === 0 ? "no function listens to this name" : `no function listens to this name; it woke ${wakes} of the steps that waited`;
    return { code: "no_listener", text };
  }
  const counts = new Map<string, number>();
  for (const { outcome } of fates) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const text = [...counts].map(([outcome, count]) => `${count} ${outcome.replaceAll("_", " ")}`).join(", ");
  return { code: counts.has("started") ? "started" : (fates[0]?.outcome ?? "unknown"), text: text + woken };
}
