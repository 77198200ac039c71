import { isInstant, isMap, isSpan, missing, type Value } from "./values.ts";
import type { Work } from "./work.ts";

/**
 * A value as a key shows it: text as it stands, whole numbers without a point, what is missing as `false`, lists and maps
 * as JSON. Written here and not by JSON.stringify, because a list can stand in itself so often that its text has no end.
 */
export function textOfValue(value: Value, work: Work): string {
  if (typeof value === "string") return value;
  if (isInstant(value)) return new Date(value.instantMs).toISOString().replace(/\.?0+Z$/, "Z");
  if (isSpan(value)) return `${value.spanMs / 1_000}s`;
  return jsonOf(value, work);
}

function jsonOf(value: Value, work: Work): string {
  if (value === missing) return "false";
  if (typeof value === "string") {
    work.spendText(value.length);
    return JSON.stringify(value);
  }
  work.spend(1);
  if (typeof value === "bigint") return value.toString();
  if (isInstant(value) || isSpan(value)) return JSON.stringify(textOfValue(value, work));
  if (Array.isArray(value)) return `[${value.map((member) => jsonOf(member, work)).join(",")}]`;
  if (isMap(value)) {
    work.spend(4 * Object.keys(value).length);
    const members = Object.entries(value).map(([key, member]) => `${jsonOf(key, work)}:${jsonOf(member, work)}`);
    return `{${members.join(",")}}`;
  }
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "null";
}
