// Waking early. A notification ends a sleep and means nothing else: it may be late or doubled, and under a lossy
// notifier lost.

export interface Notifier {
  /** `lossless`: nobody polls. `lossy`: a bounded poll runs beneath, and a lost message costs latency only. */
  readonly kind: "lossless" | "lossy";
  subscribe(onReady: () => void): () => void;
  notify(): void;
}

/** One process, one engine: a function call cannot be lost. */
export function inProcessNotifier(): Notifier {
  const listeners = new Set<() => void>();
  return {
    kind: "lossless",
    subscribe(onReady) {
      listeners.add(onReady);
      return () => listeners.delete(onReady);
    },
    notify() {
      for (const listener of listeners) listener();
    },
  };
}
