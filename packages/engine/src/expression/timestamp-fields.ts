import { EvaluationError, isInstant, isSpan, kindOf, missing, type Value } from "./values.ts";
import type { Work } from "./work.ts";

const dayMs = 86_400_000;

/** The fields of a date, read from one whose UTC fields are those of the zone that is asked for. */
const fields = {
  getFullYear: (date: Date) => date.getUTCFullYear(),
  /** From 0, as in CEL. */
  getMonth: (date: Date) => date.getUTCMonth(),
  /** From 1. */
  getDate: (date: Date) => date.getUTCDate(),
  /** From 0. */
  getDayOfMonth: (date: Date) => date.getUTCDate() - 1,
  /** From 0, which is Sunday. */
  getDayOfWeek: (date: Date) => date.getUTCDay(),
  /** From 0. */
  getDayOfYear: (date: Date) => Math.floor((date.getTime() - yearStart(date)) / dayMs),
  getHours: (date: Date) => date.getUTCHours(),
  getMinutes: (date: Date) => date.getUTCMinutes(),
  getSeconds: (date: Date) => date.getUTCSeconds(),
  getMilliseconds: (date: Date) => date.getUTCMilliseconds(),
};

export type TimestampField = keyof typeof fields;

/** Of a duration the same methods give the whole of it in their unit. */
const spanUnitsMs: { readonly [Field in TimestampField]?: number } = {
  getHours: 3_600_000,
  getMinutes: 60_000,
  getSeconds: 1_000,
  getMilliseconds: 1,
};

/** Looking up the rules of a named zone is as dear as many steps of an expression. */
const zoneUnits = 2_000;

/**
 * A field of an instant, or the whole of a duration in the field's unit.
 *
 * @param zone - Text such as `Europe/Vienna` or `+02:00`; left out, it is UTC.
 */
export function fieldOf(field: TimestampField, subject: Value, zone: Value, work: Work): Value {
  const unitMs = spanUnitsMs[field];
  if (isSpan(subject) && unitMs !== undefined) return BigInt(Math.trunc(subject.spanMs / unitMs));
  if (!isInstant(subject)) throw new EvaluationError(`${field} needs a timestamp and has ${kindOf(subject)}`);
  if (zone === undefined) return BigInt(fields[field](new Date(subject.instantMs)));
  if (zone === missing || typeof zone !== "string") throw new EvaluationError(`${field} needs a time zone and has ${kindOf(zone)}`);
  return BigInt(fields[field](new Date(subject.instantMs + offsetMs(zone, subject.instantMs, work))));
}

function yearStart(date: Date): number {
  // Date.UTC takes the years 0 to 99 for those of the last century.
  return new Date(0).setUTCFullYear(date.getUTCFullYear(), 0, 1);
}

function offsetMs(zone: string, instantMs: number, work: Work): number {
  const fixed = /^([+-]?)(\d{2}):(\d{2})$/.exec(zone);
  if (fixed !== null) return (fixed[1] === "-" ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000;
  work.spend(zoneUnits);
  const shown = clockOf(zone).format(instantMs);
  const [year, month, day, hour, minute, second] = (shown.match(/\d+/g) ?? []).map(Number);
  const local = new Date(0).setUTCFullYear(year ?? 0, (month ?? 1) - 1, day ?? 1);
  return local + ((hour ?? 0) * 3_600 + (minute ?? 0) * 60 + (second ?? 0)) * 1_000 - Math.floor(instantMs / 1_000) * 1_000;
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const two = "2-digit";
  try {
    const parts = { year: "numeric", month: two, day: two, hour: two, minute: two, second: two } as const;
    return new Intl.DateTimeFormat("sv-SE", { timeZone, hourCycle: "h23", calendar: "iso8601", ...parts });
  } catch (cause) {
    throw new EvaluationError(`"${timeZone.slice(0, 60)}" is no time zone`, { cause });
  }
}
