/** `1st`, `2nd`, `11th`. */
export function orderText(place: number): string {
  const tens = place % 100;
  const ones = tens > 10 && tens < 14 ? 0 : place % 10;
  return `${place}${["th", "st", "nd", "rd"][ones] ?? "th"}`;
}
