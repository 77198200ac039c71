type Member = string | number | boolean | object | null | undefined;

/**
 * One message as protobuf's JSON mapping writes it: fields that hold a zero value are absent, and an empty object is a message
 * that is there.
 */
export function message(fields: Readonly<Record<string, Member>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isZero(value)));
}

function isZero(value: Member): boolean {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) return true;
  return Array.isArray(value) && value.length === 0;
}
