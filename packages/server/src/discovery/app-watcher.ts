// Keeps the server's knowledge of apps fresh: finds new ones, and asks known ones whether they have changed.

import type { Engine } from "@stepwell/engine";
import { type ErrorCode, isInProcessUrl, normaliseAppUrl } from "@stepwell/protocol";
import { discoveryPorts, findApps } from "./find-apps.ts";
import type { AppSyncer } from "./sync-url.ts";

export interface AppWatcherParts {
  readonly engine: Engine;
  readonly syncer: AppSyncer;
  /** Addresses that were named. */
  readonly urls: readonly string[];
  readonly discovers: boolean;
  readonly extraPorts: readonly number[];
  /** Not an app: this server itself. */
  readonly ownPort: number;
  /** How often known apps are asked; 0: only those with an error. */
  readonly pollMs: number;
  readonly onFailure?: (url: string, message: string, code?: ErrorCode) => void;
}

const lookMs = 2_000;
/** Once an app is known, a further one is less urgent. */
const lookAgainMs = 5_000;

export class AppWatcher {
  readonly #parts: AppWatcherParts;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** What the last answer of an address was, so that the same failure is told once. */
  readonly #failures = new Map<string, string>();
  #isStopped = true;

  constructor(parts: AppWatcherParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#isStopped = false;
    void this.#poll(true);
    if (this.#parts.discovers) void this.#discover();
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  async #discover(): Promise<void> {
    const { engine, extraPorts, ownPort } = this.#parts;
    const ports = new Set([...discoveryPorts, ...extraPorts]);
    ports.delete(ownPort);
    const syncs: Promise<void>[] = [];
    await findApps({
      ports: [...ports],
      onFound: (url) => {
        if (!this.#isStopped && !this.#isKnown(url) && !this.#isRival(url)) syncs.push(this.#sync(url));
      },
    });
    await Promise.all(syncs);
    this.#later(engine.apps().length === 0 ? lookMs : lookAgainMs, () => void this.#discover());
  }

  async #poll(isFirst: boolean): Promise<void> {
    const { engine, urls, pollMs, syncer } = this.#parts;
    const known = engine.apps().filter(({ url }) => !isInProcessUrl(url));
    const named = urls.filter((url) => !this.#isKnown(url));
    const due = known.filter(
      (app) => (isFirst || pollMs > 0 || app.error !== undefined) && (syncer.lastRegisteredAt(app.url) ?? 0) < Date.now() - pollMs,
    );
    // One that was turned away is in error too; whether an app still is where it has moved from is asked only where apps are polled.
    const rivals = syncer.rivalUrls({ isSeen: pollMs === 0 });
    const urlsDue = new Map([...named, ...due.map(({ url }) => url), ...rivals].map((url) => [normaliseAppUrl(url), url]));
    await Promise.all([...urlsDue.values()].map((url) => this.#sync(url)));
    this.#later(pollMs > 0 ? pollMs : lookAgainMs, () => void this.#poll(false));
  }

  async #sync(url: string): Promise<void> {
    const result = await this.#parts.syncer.sync(url, { askedBy: "server" });
    if (this.#isStopped) return;
    if (result.kind === "synced") this.#failures.delete(url);
    else if (this.#failures.get(url) !== result.message) {
      this.#failures.set(url, result.message);
      this.#parts.onFailure?.(url, result.message, result.code);
    }
  }

  #isRival(url: string): boolean {
    return this.#parts.syncer.rivalUrls().some((rival) => normaliseAppUrl(rival) === normaliseAppUrl(url));
  }

  #isKnown(url: string): boolean {
    return this.#parts.engine.apps().some((app) => normaliseAppUrl(app.url) === normaliseAppUrl(url));
  }

  #later(ms: number, work: () => void): void {
    if (this.#isStopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }
}
