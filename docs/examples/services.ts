// What the examples do to the world: a list of lines, so that a test can read what happened.

export const done: string[] = [];

/** Lines to be refused, each as often as it says, before they are done. */
export const failing = new Map<string, { times: number; error: () => Error }>();

/** How many things of a kind, told by a word of it, were under way at once: now, and at most. */
export const load = new Map<string, { now: number; most: number }>();

/** What happens besides whatever is done: in a test, time may pass. */
export const besides: { happens: () => void } = { happens: () => undefined };

/** Does something that takes a moment, as anything outside of the process does. */
export async function act(what: string): Promise<{ at: number; what: string }> {
  const failure = failing.get(what);
  if (failure !== undefined && failure.times > 0) {
    failure.times -= 1;
    throw failure.error();
  }
  const words = new Set(what.split(" "));
  for (const word of words) {
    const { now = 0, most = 0 } = load.get(word) ?? {};
    load.set(word, { now: now + 1, most: Math.max(most, now + 1) });
  }
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  for (const word of words) {
    const busy = load.get(word);
    if (busy !== undefined) busy.now -= 1;
  }
  besides.happens();
  return { at: done.push(what), what };
}

export const payments = {
  charge: async (order: string, total: number, { idempotencyKey = "" } = {}) => {
    await act(`charge ${order} ${total} ${idempotencyKey}`.trimEnd());
    return { id: `ch_${order}`, total };
  },
  refund: (charge: string) => act(`refund ${charge}`),
};

export const mail = {
  send: (to: string, subject: string) => act(`mail ${to}: ${subject}`),
};

export const stock = {
  reserve: (item: string) => act(`reserve ${item}`),
  release: (item: string) => act(`release ${item}`),
};

export const films = {
  begun: [] as string[],
  /** Takes as long as whoever has put a promise here says. */
  underWay: new Map<string, Promise<void>>(),
  render: async (film: string) => {
    films.begun.push(film);
    await films.underWay.get(film);
    return act(`render ${film}`);
  },
};
