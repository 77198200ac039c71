/**
 * The instant a run is about: that of its schedule or event, and not the one at which a call of it happens to run. It is the
 * same in each call, and a report of yesterday stays one when it comes late.
 */
export function dueAt(event: { readonly ts?: number }): number {
  return event.ts ?? Date.now();
}
