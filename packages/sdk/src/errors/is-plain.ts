/** How far a value is looked into to see that it is plain. */
const plainDepthMax = 20;

/**
 * What JSON holds as it is, on its first look; most results are so.
 *
 * @param above - What it stands in: who contains itself is not plain, and is not looked through again by every way there.
 */
export function isPlain(value: unknown, above: object[] = []): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== "object" || above.length > plainDepthMax || above.includes(value)) return false;
  if ("toJSON" in value) return false;
  above.push(value);
  const isSo = Array.isArray(value) ? arePlain(value, above) : isPlainObject(value, above);
  above.pop();
  return isSo;
}

function arePlain(values: readonly unknown[], above: object[]): boolean {
  for (let index = 0; index < values.length; index += 1) if (!isPlain(values[index], above)) return false;
  return true;
}

function isPlainObject(value: object, above: object[]): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key in value) if (!isPlain((value as Record<string, unknown>)[key], above)) return false;
  return true;
}
