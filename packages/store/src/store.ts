// The storage seam. A store is a function of its inputs: ids, times and tokens come from the engine, order (the store
// sequence) from the store. Each implementation is finished when it passes the contract suite beside this package.

import type { EpochMs } from "@stepwell/protocol";
import type { AppsStore, EnvironmentId, HolderId } from "./apps.ts";
import type { CursorsStore } from "./cursors.ts";
import type { PendingStore } from "./pending.ts";
import type { QueueStore } from "./queue.ts";
import type { ReportsStore } from "./reports.ts";
import type { RetentionStore } from "./retention.ts";
import type { RunsStore } from "./runs.ts";
import type { TimersStore } from "./timers.ts";
import type { CommitParams, CommitResult, Unit } from "./units.ts";
import type { WaitsStore } from "./waits.ts";

export interface Store {
  readonly kind: "sqlite" | "postgres";
  /** The holder this process became when it opened the store, and the epoch that fences it. */
  readonly holder: { readonly id: HolderId; readonly epoch: number };
  readonly environmentId: EnvironmentId;
  /** The last engine time the store has seen, 0 in a new one: engine time survives a restart. */
  readonly lastNow: EpochMs;

  /** Commits units as one transaction, or several when it says so in its limits; an outcome for each unit, in order. */
  commit(units: readonly Unit[], params: CommitParams): Promise<CommitResult>;

  readonly apps: AppsStore;
  readonly queue: QueueStore;
  readonly runs: RunsStore;
  readonly waits: WaitsStore;
  readonly timers: TimersStore;
  readonly cursors: CursorsStore;
  readonly pending: PendingStore;
  readonly reports: ReportsStore;
  readonly retention: RetentionStore;
  readonly settings: SettingsStore;

  /** What was written since the store was opened, for metrics and benchmarks. */
  readonly counters: StoreCounters;

  close(): Promise<void>;
}

export interface StoreCounters {
  readonly commits: number;
  readonly rowsWritten: number;
}

/** Small named texts: keys made at the first start, engine time. Secrets are the caller's to protect. */
export interface SettingsStore {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
}
