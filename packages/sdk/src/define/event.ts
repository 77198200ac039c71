/**
 * What an event carries that nobody has typed: a JSON object, whatever is in it. Existing applications read it without a check,
 * as `event.data.userId`, so it has the type of what `JSON.parse` returns; nothing else that the packages export has.
 *
 * @see docs/decisions/0022-what-nobody-has-typed.md
 */
export type UntypedData = ReturnType<typeof JSON.parse>;

/** Groups runs: at most five, by key. `null` removes a key that the surrounding run would pass on. */
export interface EventMeta {
  sessions?: Record<string, string | number | null> | null;
  propagated_sessions?: Record<string, string | number>;
}

/** An event as it is sent. */
export interface EventPayload<Data = UntypedData> {
  /** Names what happened, e.g. `shop/order.paid`. */
  name: string;
  /** A JSON object. */
  data?: Data;
  /** An id of the sender's own: within a day a second event with it starts nothing. */
  id?: string;
  /** When it happened, in epoch milliseconds; in the future: its runs begin then. */
  ts?: number;
  /** @deprecated Put it into `data`. */
  user?: UntypedData;
  /** Version of the shape of `data`. */
  v?: string;
  meta?: EventMeta;
}

/** An event as functions get it. */
export interface ReceivedEvent<Name extends string = string, Data = UntypedData> {
  name: Name;
  data: Data;
  id: string;
  /** Epoch milliseconds. */
  ts: number;
  user?: UntypedData;
  v?: string;
  meta?: { sessions?: Record<string, string> };
}
