// Apps come, change and go. One of these acts is carried out at a time, so that what it was decided on still holds when it
// is written: two apps that declare one function at the same moment do not both get it.

import { type EpochMs, normaliseAppUrl, type RegisterRequest } from "@stepwell/protocol";
import type { AppRecord, Store } from "@stepwell/store";
import { functionLimits } from "../admission/lane-of.ts";
import type { RemoveAppParams, RemoveAppResult, SyncAppOutcome } from "../engine-interface.ts";
import type { Observer } from "../seams/observer.ts";
import type { Registry } from "./registry.ts";
import { decideSync } from "./sync-app.ts";

/** What ends the runs of an app that is taken away. */
export interface AppRuns {
  /** As many cancellations are remembered as may be. */
  isFull(): Promise<boolean>;
  /** Begins to cancel them. Resolves with the cancellation's id; `undefined`: there was no room for it. */
  cancelOf(app: AppRecord): Promise<string | undefined>;
}

export interface AppSyncsParts {
  readonly store: Store;
  readonly registry: Registry;
  readonly observer: Observer | undefined;
  readonly appRuns: AppRuns;
  readonly mode: "dev" | "start";
  readonly now: () => EpochMs;
  /** Functions are there that were not: runs of theirs go on, and their schedules have timers. */
  readonly onChanged: (change: { readonly isChanged: boolean }) => Promise<void>;
}

export class AppSyncs {
  readonly #parts: AppSyncsParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: AppSyncsParts) {
    this.#parts = parts;
  }

  sync(request: RegisterRequest): Promise<SyncAppOutcome> {
    return this.#inTurn(() => this.#sync(request));
  }

  setError(params: { readonly appName: string; readonly error: string | undefined }): Promise<void> {
    return this.#inTurn(() => this.#setError(params));
  }

  remove(params: RemoveAppParams): Promise<RemoveAppResult> {
    return this.#inTurn(() => this.#remove(params));
  }

  /** One that fails is told to whoever asked for it, and holds up nobody. */
  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(act);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #sync(request: RegisterRequest): Promise<SyncAppOutcome> {
    const { store, registry, observer, mode, now: clockNow } = this.#parts;
    const now = clockNow();
    const replaced = this.#replacedBy(request);
    const decision = decideSync(request, {
      ...{ environmentId: store.environmentId, mode, now },
      ownerOf: (slug) => this.#ownerOf(slug, [request.appName, ...replaced.map(({ name }) => name)]),
    });
    const about = { at: now, appName: request.appName, url: request.url };
    if (decision.kind === "refused") {
      await this.#setError({ appName: request.appName, error: decision.message });
      observer?.emit({ kind: "app.sync_refused", ...about, code: decision.code, message: decision.message });
      return decision;
    }
    const before = new Map(registry.functions().map((record) => [record.slug, record.version]));
    const { modified, app, functions } = await store.apps.sync(decision.params);
    // Before the functions: no run begins between a function and its limits.
    if (functions.some(({ slug, version }) => before.get(slug) !== version)) await store.queue.setLimits(functions.map(functionLimits));
    const resting = registry.resting().length;
    registry.setFunctions(app, functions);
    // It is what it was when the file was last open, and can be called again.
    const isBack = registry.resting().length < resting;
    for (const other of replaced) await this.#drop(other, { drains: false, replacedBy: app.name });
    await this.#parts.onChanged({ isChanged: modified || replaced.length > 0 || isBack });
    const changed = functions.filter(({ slug, version }) => before.get(slug) !== version).map(({ slug }) => slug);
    const count = functions.filter(({ archivedAt }) => archivedAt === undefined).length;
    observer?.emit({ kind: "app.synced", ...about, functions: count, modified, warnings: decision.warnings, changed });
    return { kind: "synced", app, modified, warnings: decision.warnings };
  }

  /** An address answers as one app: one that was there under another id has been renamed, or has gone. */
  #replacedBy({ appName, url }: RegisterRequest): readonly AppRecord[] {
    const address = normaliseAppUrl(url);
    return this.#parts.registry.apps().filter((app) => app.name !== appName && normaliseAppUrl(app.url) === address);
  }

  /** The app that lists the function, other than these. */
  #ownerOf(slug: string, except: readonly string[]): string | undefined {
    const { registry } = this.#parts;
    const record = registry.find(slug);
    if (record === undefined || record.slug !== slug || record.archivedAt !== undefined) return undefined;
    const owner = registry.apps().find(({ id }) => id === record.appId)?.name;
    return owner === undefined || except.includes(owner) ? undefined : owner;
  }

  async #setError({ appName, error }: { readonly appName: string; readonly error: string | undefined }): Promise<void> {
    const { store, registry, now: clockNow } = this.#parts;
    const app = registry.app(appName);
    if (app === undefined || app.error === error) return;
    const now = clockNow();
    await store.apps.setError({ environmentId: store.environmentId, name: appName, error, now });
    const { error: _, failingSince, ...rest } = app;
    registry.setApp(error === undefined ? rest : { ...rest, error, failingSince: failingSince ?? now });
  }

  async #remove({ appName, runs }: RemoveAppParams): Promise<RemoveAppResult> {
    const { registry, appRuns } = this.#parts;
    const app = registry.app(appName);
    if (app === undefined) return { kind: "not_found" };
    if (runs === "cancel" && (await appRuns.isFull())) return { kind: "too_many" };
    await this.#drop(app, { drains: runs === "drain" });
    await this.#parts.onChanged({ isChanged: true });
    if (runs === "drain") return { kind: "removed" };
    // After the functions: what would still have started is among the runs.
    const cancellationId = await appRuns.cancelOf(app);
    return cancellationId === undefined ? { kind: "removed" } : { kind: "removed", cancellationId };
  }

  async #drop(app: AppRecord, { drains, replacedBy }: { readonly drains: boolean; readonly replacedBy?: string }): Promise<void> {
    const { store, registry, observer, now: clockNow } = this.#parts;
    const now = clockNow();
    await store.apps.remove({ environmentId: store.environmentId, appId: app.id, now, drains });
    registry.dropApp(app.id, { now, drains });
    const why = replacedBy === undefined ? {} : { replacedBy };
    observer?.emit({ kind: "app.removed", at: now, appName: app.name, url: app.url, ...why });
  }
}
