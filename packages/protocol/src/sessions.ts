import { isObject, type JsonObject } from "./json-shape.ts";
import { limits } from "./limits.ts";

/**
 * The sessions of an event: those its sender set, then, up to the limit, those passed on from the run it was sent in.
 *
 * @returns `undefined` without any; a text when they are wrong.
 */
export function readSessions(meta: unknown): Readonly<Record<string, string>> | undefined | string {
  if (!isObject(meta)) return meta === undefined || meta === null ? undefined : "event meta is not an object";
  const own = readLayer(meta["sessions"], "sessions");
  if (typeof own === "string") return own;
  const discardsPassedOn = Object.hasOwn(meta, "sessions") && meta["sessions"] === null;
  const passedOn = discardsPassedOn ? new Map<string, string | null>() : readLayer(meta["propagated_sessions"], "propagated_sessions");
  if (typeof passedOn === "string") return passedOn;
  return merge(own, passedOn);
}

function merge(
  own: ReadonlyMap<string, string | null>,
  passedOn: ReadonlyMap<string, string | null>,
): Readonly<Record<string, string>> | undefined {
  const merged = new Map<string, string>();
  for (const [key, value] of own) if (value !== null) merged.set(key, value);
  for (const key of [...passedOn.keys()].sort()) {
    const value = passedOn.get(key);
    if (merged.size < limits.sessionsPerEventMax && !own.has(key) && typeof value === "string") merged.set(key, value);
  }
  return merged.size === 0 ? undefined : Object.fromEntries(merged);
}

function readLayer(value: unknown, name: string): ReadonlyMap<string, string | null> | string {
  if (value === undefined || value === null) return new Map();
  if (!isObject(value)) return `event meta.${name} is not an object`;
  return checkLayer(value, name);
}

function checkLayer(value: JsonObject, name: string): ReadonlyMap<string, string | null> | string {
  const entries = Object.entries(value);
  if (entries.length > limits.sessionsPerEventMax)
    return `event meta.${name} has ${entries.length} keys; the limit is ${limits.sessionsPerEventMax} (sessionsPerEventMax)`;
  const layer = new Map<string, string | null>();
  for (const [key, member] of entries) {
    if (member !== null && typeof member !== "string" && typeof member !== "number")
      return `event meta.${name} holds something that is neither text nor a number`;
    const text = member === null ? null : String(member);
    if (key === "" || bytesOf(key) > limits.sessionKeyBytesMax)
      return `a key of event meta.${name} is empty or longer than ${limits.sessionKeyBytesMax} bytes`;
    if (text !== null && bytesOf(text) > limits.sessionValueBytesMax)
      return `a value of event meta.${name} is longer than ${limits.sessionValueBytesMax} bytes`;
    layer.set(key, text);
  }
  return layer;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
