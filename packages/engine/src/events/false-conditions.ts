import { eventMapJson, isObject, parseJson, triggerNamesFor } from "@stepwell/protocol";
import type { FunctionRecord, StoredEvent } from "@stepwell/store";
import { compileTriggers } from "../apps/compile-triggers.ts";
import type { Expression } from "../expression/compile.ts";
import { evaluateCondition } from "../expression/evaluate.ts";
import { eventPathsOf } from "../expression/event-paths.ts";

export interface FalseCondition {
  readonly function: FunctionRecord;
  /** As it is written. */
  readonly expression: string;
  /** What it read of the event, by place: `event.data.total`. What is not there is left out. */
  readonly read: Readonly<Record<string, unknown>>;
}

/** Values that are shown of one condition. */
const valuesMax = 5;

/**
 * The functions that have the event's name and a condition that it did not meet. Nothing is written when an event comes in
 * that a condition turns away, because there may be many such functions; it is computed when somebody asks, from the
 * functions as they are by then.
 */
export function falseConditions(functions: readonly FunctionRecord[], event: StoredEvent): readonly FalseCondition[] {
  const names = new Set(triggerNamesFor(event.name));
  const map = parseJson(eventMapJson({ ...event, id: event.externalId ?? event.id }));
  return functions.flatMap((record) => {
    const triggers = compileTriggers(record.config).filter((trigger) => names.has(trigger.event));
    const conditions = triggers.flatMap(({ condition }) => (condition === undefined ? [] : [condition]));
    const [first] = conditions;
    const isFalse = (condition: Expression): boolean => {
      const result = evaluateCondition(condition, { event: map, now: event.receivedAt });
      return result.kind === "value" && !result.value;
    };
    if (first === undefined || conditions.length < triggers.length || !conditions.every(isFalse)) return [];
    return [{ function: record, expression: conditions.map(({ source }) => source).join(" or "), read: valuesRead(conditions, map) }];
  });
}

function valuesRead(conditions: readonly Expression[], map: unknown): Readonly<Record<string, unknown>> {
  const paths = [...new Set(conditions.flatMap(({ root }) => eventPathsOf(root).paths))].slice(0, valuesMax);
  const values = paths.map((path) => [`event.${path}`, valueAt(map, path.split("."))] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function valueAt(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value;
  return isObject(value) && Object.hasOwn(value, name) ? valueAt(value[name], rest) : undefined;
}
