import type { CollectRun, Store } from "@stepwell/store";

/** How an event is collected, drawn from numbers that somebody chose. */
export function randomCollect(draw: { pick(below: number): number }, now: Store["lastNow"]): CollectRun {
  const key = draw.pick(2) === 0 ? "a" : "b";
  if (draw.pick(2) === 0) return { kind: "batch", key, timeoutMs: 100, sizeMax: 3, bytesMax: 30, bytes: 1 + draw.pick(20) };
  const cap = draw.pick(2) === 0 ? { timeoutMs: 100 } : {};
  return { kind: "debounce", key, periodMs: 50, ...cap, ts: (now + draw.pick(100)) as Store["lastNow"] };
}
