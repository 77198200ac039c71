// Apps and their functions: what a sync made known.

import type { EpochMs, FunctionConfig, FunctionUuid, JsonText } from "@stepwell/protocol";

declare const brand: unique symbol;
/** Row numbers of the store. They never leave it and the engine; what crosses a wire is a UUID, a slug or a ULID. */
export type FunctionId = number & { readonly [brand]: "FunctionId" };
export type AppId = number & { readonly [brand]: "AppId" };
export type EnvironmentId = number & { readonly [brand]: "EnvironmentId" };
export type HolderId = number & { readonly [brand]: "HolderId" };

export interface AppRecord {
  readonly id: AppId;
  readonly environmentId: EnvironmentId;
  /** What the app calls itself; its identity in the environment. A URL that has not registered yet has none. */
  readonly name: string;
  readonly uuid: string;
  readonly url: string;
  readonly sdk: string;
  readonly framework?: string;
  readonly platform?: string;
  readonly appVersion?: string;
  readonly checksum: string;
  /** Of the last sync that was refused or failed; the functions of the last good one go on. */
  readonly error?: string;
  /** When it failed first since the last good sync; the reason may have changed meanwhile. */
  readonly failingSince?: EpochMs;
  readonly warnings?: JsonText;
  readonly syncedAt: EpochMs;
}

export interface FunctionRecord {
  readonly id: FunctionId;
  readonly appId: AppId;
  readonly environmentId: EnvironmentId;
  readonly uuid: FunctionUuid;
  readonly slug: string;
  readonly name: string;
  readonly config: FunctionConfig;
  /** Raised by every sync that changed the function. */
  readonly version: number;
  /** No longer listed by its app: it starts nothing, and runs under way wait until it is back. */
  readonly archivedAt?: EpochMs;
  /** Archived with its app, whose runs under way are called to their end all the same. */
  readonly drains?: true;
}

export interface SyncAppParams {
  readonly environmentId: EnvironmentId;
  readonly name: string;
  readonly uuid: string;
  readonly url: string;
  readonly sdk: string;
  readonly framework?: string;
  readonly platform?: string;
  readonly appVersion?: string;
  readonly checksum: string;
  readonly warnings?: JsonText;
  readonly functions: readonly { readonly uuid: FunctionUuid; readonly config: FunctionConfig }[];
  readonly now: EpochMs;
}

export interface SyncAppResult {
  /** False: the checksum was the stored one and the app had no error; nothing was written. */
  readonly modified: boolean;
  readonly app: AppRecord;
  /** All functions of the app, archived ones too. */
  readonly functions: readonly FunctionRecord[];
}

export interface AppsListed {
  readonly apps: readonly AppRecord[];
  /** Apps that are no more and have functions: runs of these may be alive. */
  readonly removed: readonly AppRecord[];
  readonly functions: readonly FunctionRecord[];
}

export interface RemoveAppParams {
  readonly environmentId: EnvironmentId;
  readonly appId: AppId;
  readonly now: EpochMs;
  readonly drains?: boolean;
}

export interface AppsStore {
  /** All apps and functions, archived functions and their removed apps too: the engine keeps them in memory. */
  list(): Promise<AppsListed>;
  /** Replaces what an app runs, as a whole: upserts by name and slug, keeps ids, archives what is no longer listed. */
  sync(params: SyncAppParams): Promise<SyncAppResult>;
  /** Remembers why a sync was refused, and since when syncs fail. The functions stay. No such app: nothing happens. */
  setError(params: {
    readonly environmentId: EnvironmentId;
    readonly name: string;
    readonly error: string | undefined;
    readonly now: EpochMs;
  }): Promise<void>;
  /** Archives every function of the app; those that it listed until now drain when it is asked for. `false`: no such app. */
  remove(params: RemoveAppParams): Promise<boolean>;
}
