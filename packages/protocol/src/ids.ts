// Identifiers that cross a seam. Each has one constructor or one parser; a plain string never passes for one.

declare const brand: unique symbol;
export type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** Identifies one run: a ULID. Ids are compared for equality; what came first is a `StoreSeq`. */
export type RunId = Branded<string, "RunId">;
/** Our own id of an event: a ULID. The sender's id is the event's external id. */
export type EventId = Branded<string, "EventId">;
/** Identifies a queue item: a ULID. The run's own item has the run's id. */
export type ItemId = Branded<string, "ItemId">;
/** The hashed id of a step, as SDKs send it: 40 hex digits, but opaque to us. */
export type StepId = Branded<string, "StepId">;
/** The UUID under which SDKs know a function. */
export type FunctionUuid = Branded<string, "FunctionUuid">;
/** The place of an event or a row in the order in which the store accepted it. */
export type StoreSeq = Branded<number, "StoreSeq">;
/** An instant, in whole milliseconds since the Unix epoch. */
export type EpochMs = Branded<number, "EpochMs">;
/** Text of one JSON value, as `JSON.stringify` would write it. */
export type JsonText = Branded<string, "JsonText">;

export function epochMs(ms: number): EpochMs {
  return ms as EpochMs;
}

/** The JSON text of a value; what has none (`undefined`, a function) is `null`, as SDKs write it. */
export function asJson(value: unknown): JsonText {
  return (JSON.stringify(value) ?? "null") as JsonText;
}

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export function isUlid(text: string): boolean {
  return ULID.test(text);
}

/** Reads a run id that came from outside; `undefined` when the text is not one. */
export function parseRunId(text: string): RunId | undefined {
  return isUlid(text) ? (text as RunId) : undefined;
}

/** Reads an event id that came from outside; `undefined` when the text is not one. */
export function parseEventId(text: string): EventId | undefined {
  return isUlid(text) ? (text as EventId) : undefined;
}
