/** What an app was told of its address. */
export interface Told {
  readonly origin: string | undefined;
  readonly path: string | undefined;
}

export function urlOf(origin: string, path: string): string {
  const base = /^https?:\/\//i.test(origin) ? origin : `https://${origin}`;
  return new URL(path, base).href;
}
