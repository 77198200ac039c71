/** An instant as the API writes it. */
export function timeText(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
