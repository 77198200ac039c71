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
  /** No longer listed by its app: it starts nothing, and runs under way go on. */
  readonly archivedAt?: EpochMs;
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

export interface AppsStore {
  /** All apps and functions, archived functions too: the engine keeps them in memory. */
  list(): Promise<{ readonly apps: readonly AppRecord[]; readonly functions: readonly FunctionRecord[] }>;
  /** Replaces what an app runs, as a whole: upserts by name and slug, keeps ids, archives what is no longer listed. */
  sync(params: SyncAppParams): Promise<SyncAppResult>;
  /** Remembers why a sync was refused. The functions stay. No such app: nothing happens. */
  setError(params: {
    readonly environmentId: EnvironmentId;
    readonly name: string;
    readonly error: string | undefined;
    readonly now: EpochMs;
  }): Promise<void>;
  /** Archives every function of the app and forgets its URL. `false`: no such app. */
  remove(params: { readonly environmentId: EnvironmentId; readonly appId: AppId; readonly now: EpochMs }): Promise<boolean>;
}
