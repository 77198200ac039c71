/** The HTTP client, loaded with the first request that goes out: it is a third of what a server loads at its start. */
export function httpClient(): Promise<typeof import("undici")> {
  return import("undici");
}
