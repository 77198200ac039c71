// How a later event is recognised by a wait or a cancel rule: one equality that can be looked up, and an expression for
// the rest.

import { asJson, type JsonText, limits, utf8Bytes } from "@stepwell/protocol";
import type { EventMatch } from "@stepwell/store";
import { compileExpression, type Expression, laterEvent } from "./compile.ts";
import { equalityTerms, literalTerms } from "./equality-terms.ts";
import { eventPathsOf } from "./event-paths.ts";

/** No event has this as the JSON of a value: a wait with it is never found. */
const neverJson = "never" as JsonText;

export type EventMatchResult =
  | { readonly kind: "match"; readonly match: EventMatch; readonly warning?: string }
  | { readonly kind: "invalid"; readonly message: string };

/** @param event - Canonical map of the run's own event; made only when the expression asks for it. */
export function eventMatchOf(eventName: string, source: string | undefined, event: () => unknown): EventMatchResult {
  if (source === undefined) return matchOf(eventName, undefined, event);
  const compiled = compileExpression(source, laterEvent);
  if (compiled.kind === "invalid") return { kind: "invalid", message: compiled.message };
  return matchOf(eventName, compiled.expression, event);
}

export function matchOf(eventName: string, expression: Expression | undefined, event: () => unknown): EventMatchResult {
  if (expression === undefined) return { kind: "match", match: { eventName } };
  const equalities = equalityTerms(expression);
  const own = equalities.length === 0 ? undefined : event();
  const missing = equalities.find(({ eventPath }) => isAbsent(valueAt(own, eventPath)));
  if (missing !== undefined) {
    const warning = `the event that started the run has no "${missing.eventPath}", so no "${eventName}" can match "${expression.source}"`;
    return { kind: "match", match: { eventName, term: { path: missing.asyncPath, value: neverJson } }, warning };
  }
  const terms = [
    ...equalities.map(({ eventPath, asyncPath }) => ({ path: asyncPath, value: valueAt(own, eventPath), isWhole: isOnly(expression) })),
    ...literalTerms(expression).map(({ asyncPath, value }) => ({ path: asyncPath, value, isWhole: isOnly(expression) })),
  ];
  const term = terms.find(({ value }) => isScalar(value));
  if (term?.isWhole === true) return { kind: "match", match: { eventName, term: { path: term.path, value: asJson(term.value) } } };
  const bindings = bindingsOf(expression, event);
  if (bindings !== undefined && utf8Bytes(bindings) > limits.waitBindingsBytesMax)
    return {
      kind: "invalid",
      message: `"${expression.source.slice(0, 120)}" reads more than ${limits.waitBindingsBytesMax} bytes of the run's own event (waitBindingsBytesMax)`,
    };
  return {
    kind: "match",
    match: {
      eventName,
      expression: expression.source,
      ...(term === undefined ? {} : { term: { path: term.path, value: asJson(term.value) } }),
      ...(bindings === undefined ? {} : { bindings }),
    },
  };
}

/** The value at a path of names with points between them; `undefined` where it leads nowhere. */
export function valueAt(map: unknown, path: string): unknown {
  let value = map;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** The terms by which an event is looked up: its values at the paths that somebody waits by. */
export function termsOf(map: unknown, paths: readonly string[]): readonly { readonly path: string; readonly value: JsonText }[] {
  return paths.flatMap((path) => {
    const value = valueAt(map, path);
    return isScalar(value) ? [{ path, value: asJson(value) }] : [];
  });
}

function isOnly(expression: Expression): boolean {
  return expression.root.op === "==";
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}

/** What the expression reads of the run's own event, as JSON of the same shape. */
function bindingsOf(expression: Expression, event: () => unknown): JsonText | undefined {
  const read = eventPathsOf(expression.root);
  if (read.isWhole) return asJson(event());
  if (read.paths.length === 0) return undefined;
  const own = event();
  const bound: Record<string, unknown> = {};
  for (const path of read.paths) put(bound, path.split("."), valueAt(own, path));
  return asJson(bound);
}

function put(target: Record<string, unknown>, names: readonly string[], value: unknown): void {
  const [name, ...rest] = names;
  if (name === undefined || value === undefined) return;
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const inner = target[name];
  if (typeof inner !== "object" || inner === null) target[name] = {};
  put(target[name] as Record<string, unknown>, rest, value);
}
