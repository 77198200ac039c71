// Where an app is that runs in the engine's own process. It has an address like every app, because registrations and records
// have one; no process calls it over HTTP, and a name that ends in `.invalid` never leads anywhere.

const origin = "http://in-process.invalid/";

/** One for each app: an address answers as one app. */
export function inProcessUrl(appName: string): string {
  return origin + encodeURIComponent(appName);
}

export function isInProcessUrl(url: string): boolean {
  return url.startsWith(origin);
}
