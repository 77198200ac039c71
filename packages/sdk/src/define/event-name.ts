/** The names by which events of these types may be called; without types, any. What the server itself sends has a name of its own. */
export type EventName<Events> = [keyof Events] extends [never] ? string : (keyof Events & string) | InternalName;

/** The same where a wildcard may stand for several. */
export type EventPattern<Events> = [keyof Events] extends [never] ? string : EventName<Events> | `${string}/*` | `${string}.*`;

/** The names that a name or a wildcard means, whatever is known of them. */
export type NameLike<Pattern extends string> = Pattern extends `${infer Start}*` ? `${Start}${string}` : Pattern;

/** Those of these names that a name or a wildcard means. */
export type MatchedName<Pattern extends string, Events> = Pattern extends `${infer Start}*`
  ? Extract<keyof Events & string, `${Start}${string}`>
  : Extract<keyof Events & string, Pattern>;

type InternalName = `inngest/${string}`;
