// Addresses at which an app was found that is known at another one: two processes with one id. They are asked now and then,
// so that what is said of them is true, and so that the app moves there when its own address falls silent.

import { normaliseAppUrl } from "@stepwell/protocol";

export interface Rival {
  readonly url: string;
  /** When it last registered the app's id and was turned away, in wall ms. Absent: it has not been asked since the app moved away. */
  readonly seenAt?: number;
}

/** Rivals of one app; a cluster whose instances register one by one has hundreds, and a few tell as much. */
const rivalsPerAppMax = 20;

export class Rivals {
  readonly #byApp = new Map<string, Map<string, Rival>>();

  /** Those that have been seen as the app. */
  of(appName: string): readonly Required<Rival>[] {
    return [...(this.#byApp.get(appName)?.values() ?? [])].filter((rival) => rival.seenAt !== undefined) as Required<Rival>[];
  }

  /** Of all apps. */
  all(): readonly Rival[] {
    return [...this.#byApp.values()].flatMap((rivals) => [...rivals.values()]);
  }

  has(url: string): boolean {
    const key = normaliseAppUrl(url);
    return [...this.#byApp.values()].some((rivals) => rivals.has(key));
  }

  add(appName: string, rival: Rival): void {
    const rivals = this.#byApp.get(appName) ?? new Map<string, Rival>();
    this.#byApp.set(appName, rivals);
    const key = normaliseAppUrl(rival.url);
    rivals.delete(key);
    rivals.set(key, rival);
    const [oldest] = rivals.keys();
    if (rivals.size > rivalsPerAppMax && oldest !== undefined) rivals.delete(oldest);
  }

  /** The address is no rival any more: it is the app's own, another app's, or nobody's. */
  forget(url: string, appName?: string): void {
    const key = normaliseAppUrl(url);
    for (const [name, rivals] of this.#byApp) {
      if (appName !== undefined && name !== appName) continue;
      rivals.delete(key);
      if (rivals.size === 0) this.#byApp.delete(name);
    }
  }

  forgetApp(appName: string): void {
    this.#byApp.delete(appName);
  }
}
