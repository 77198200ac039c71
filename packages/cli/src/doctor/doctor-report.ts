import type { AppProbe, KeyView } from "@stepwell/server";

/** What `GET /api/v1/doctor` says. */
export interface DoctorReport {
  readonly version: string;
  readonly mode: "dev" | "start";
  readonly node: string;
  readonly pid: number;
  /** Wall time, in ms. */
  readonly now: number;
  readonly store: {
    readonly kind: string;
    readonly file?: string;
    readonly databaseBytes?: number;
    readonly logBytes?: number;
    readonly freeBytes?: number;
  };
  readonly keys: {
    readonly signing: number;
    readonly event: number;
    /** Those that end at a time; an older server has none. */
    readonly replaced?: readonly KeyView[];
  };
  readonly apps: readonly AppReport[];
}

export interface AppReport {
  readonly id: string;
  readonly url: string;
  readonly sdk: string;
  readonly error: string | null;
  /** Engine time, in ms; only of an app that fails. An older server does not say. */
  readonly failingSince?: number | null;
  /** Other addresses that register its id, and are turned away. */
  readonly rivals?: readonly string[];
  readonly warnings: readonly string[];
  readonly probe: AppProbe;
}
