// Durations and instants as text, in the grammars SDKs write.

import type { EpochMs } from "./ids.ts";

const unitMs = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const part = /(\d+(?:\.\d*)?|\.\d+)([nuµμm]?s|[mhdw])/y;

/** The longest text of a duration: nobody writes more, and the time to read it stays bounded. */
const lengthMax = 64;

/**
 * Reads `1d12h30m`, `90s`, `1.5h`, `500ms`: numbers with units, one after the other.
 *
 * @returns Milliseconds, at least 0, whole ones where the text says so; `undefined` when the text is not a duration.
 */
export function parseDuration(text: string): number | undefined {
  if (text.length === 0 || text.length > lengthMax) return undefined;
  let total = 0;
  part.lastIndex = 0;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null) return undefined;
    total += Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
  }
  return Number.isFinite(total) ? Math.round(total * 1e6) / 1e6 : undefined;
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** Reads an RFC 3339 instant; `undefined` when the text is not one. Fractions beyond a millisecond round up. */
export function parseInstant(text: string): EpochMs | undefined {
  if (text.length > lengthMax || !rfc3339.test(text)) return undefined;
  const ms = Date.parse(text.replace(" ", "T"));
  if (Number.isNaN(ms)) return undefined;
  const beyond = /\.\d{3}(\d+)/.exec(text)?.[1];
  return (beyond !== undefined && /[1-9]/.test(beyond) ? ms + 1 : ms) as EpochMs;
}

/** Other forms of dates that SDKs and apps send, without a zone meaning UTC. */
const looseDate = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2}(?:\.\d+)?))?(?: ([+-]\d{2})(\d{2}) ?(?:[A-Z]{1,5}|[+-]\d{2,4})?)?$/;
const namedDate = /^(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? )?.*\d{1,2}:\d{2}(:\d{2})?/;

/** Reads any form of date in use: RFC 3339 first, then the forms of HTTP headers and of other languages' logs. */
export function parseDate(text: string): EpochMs | undefined {
  const instant = parseInstant(text);
  if (instant !== undefined || text.length > lengthMax) return instant;
  const loose = looseDate.exec(text);
  if (loose !== null)
    return parseInstant(`${loose[1]}T${loose[2] ?? "00:00:00"}${loose[3] === undefined ? "Z" : `${loose[3]}:${loose[4]}`}`);
  if (!namedDate.test(text) || !/[A-Za-z]{3}/.test(text)) return undefined;
  const ms = Date.parse(
    /(GMT|UTC|[+-]\d{4}|\b[A-Z]{3,4}\b)/.test(text.replace(/^[A-Za-z]+,? /, "").replace(/^[A-Za-z]+ /, "")) ? text : `${text} GMT`,
  );
  return Number.isNaN(ms) ? undefined : (ms as EpochMs);
}

/**
 * Until when a sleep lasts. Text of ten characters and more is tried as a date first; empty text and a date that has
 * passed mean now.
 *
 * @returns At or after the instant that is meant, never before; `undefined` when the text is neither.
 */
export function parseSleepTarget(text: string, now: EpochMs): EpochMs | undefined {
  if (text === "") return now;
  if (text.length >= 10) {
    const date = parseDate(text);
    if (date !== undefined) return Math.max(date, now) as EpochMs;
  }
  const duration = parseDuration(text);
  return duration === undefined ? undefined : (Math.ceil(now + duration) as EpochMs);
}

/** When a timeout ends: a duration first, then an instant; empty text and an instant that has passed mean now. */
export function parseTimeout(text: string, now: EpochMs): EpochMs | undefined {
  if (text === "") return now;
  const duration = parseDuration(text);
  if (duration !== undefined) return Math.ceil(now + duration) as EpochMs;
  const instant = parseInstant(text);
  return instant === undefined ? undefined : (Math.max(instant, now) as EpochMs);
}

const shown = ["w", "d", "h", "m", "s", "ms"] as const;

/** Writes whole milliseconds so that `parseDuration` reads the same number: `1h30m`, `250ms`, `0s`. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.round(ms));
  let text = "";
  for (const unit of shown) {
    const count = Math.floor(rest / unitMs[unit]);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs[unit];
  }
  return text === "" ? "0s" : text;
}
