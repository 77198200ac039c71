const path = /^(?:event\.)?(?:data\.|user\.)?((?:\w+\.)*\w+)$/;

/** A key as a person reads it: `tenant=42` for `event.data.tenant`. What is no plain place in the event is its value alone. */
export function keyLabel(expression: string | undefined, value: string): string {
  const place = expression === undefined ? undefined : path.exec(expression.trim())?.[1];
  return place === undefined ? value : `${place}=${value}`;
}
