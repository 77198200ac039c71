// Short ways to ask "why?" of a scripted world.

import type { Engine } from "@stepwell/engine";
import type { Leaf, Program } from "@stepwell/engine/testing";
import { type EventId, parseEvent, type RunId } from "@stepwell/protocol";
import type { CaseFunction, ScriptedWorld } from "./scripted-world.ts";

export const minute = 60_000;

export const step = (id: string, failures = 0): Leaf => ({ kind: "step", id, failures });
export const sleep = (id: string, ms: number): Leaf => ({ kind: "sleep", id, ms });

export function scripted(slug: string, config: CaseFunction["config"], program: Program = [step("a")]): CaseFunction {
  return { slug, program, version: 2, config: config ?? {} };
}

/** Sends one event, and gives its id. */
export async function send(world: ScriptedWorld, data: object = {}, more: object = {}, name = "sim-f0"): Promise<EventId> {
  const event = parseEvent({ name, data, ...more });
  if ("kind" in event) throw new Error(event.message);
  const { ids } = await world.during(world.engine.sendEvents({ events: [event] }));
  return ids[0] as EventId;
}

export function runIds(world: ScriptedWorld): readonly RunId[] {
  return world.all("select id from runs order by seq").map((row) => row["id"] as RunId);
}

type Answer<Method extends "run" | "event"> = NonNullable<Awaited<ReturnType<Engine["why"][Method]>>>;

export async function whyRun(world: ScriptedWorld, runId: RunId | undefined): Promise<Answer<"run">> {
  const explanation = await world.during(world.engine.why.run(runId as RunId));
  if (explanation === undefined) throw new Error("there is no such run");
  return explanation;
}

export async function whyEvent(world: ScriptedWorld, eventId: EventId): Promise<Answer<"event">> {
  const explanation = await world.during(world.engine.why.event(eventId));
  if (explanation === undefined) throw new Error("there is no such event");
  return explanation;
}
