// What somebody is told of, and where: as the configuration file says it.

/** A rule looks at the whole server, or at one function. */
export type AlertRule = {
  readonly name: string;
  /** Absent: all functions. */
  readonly functionSlug?: string;
  /** Names of channels. */
  readonly channels: readonly string[];
} & (
  | {
      /** Of the runs of a function that completed or failed within the window, more than this share failed. */
      readonly kind: "failure-rate";
      readonly above: number;
      readonly windowMs: number;
      /** Fewer ended runs say nothing. */
      readonly minRuns: number;
    }
  /** Work of a function is due and was not taken up for longer than this. */
  | { readonly kind: "backlog-age"; readonly aboveMs: number }
  /** A tick of a schedule came too late and was not made up for. */
  | { readonly kind: "schedule-missed" }
  /** Runs fail in a way in which none did before, or none since that was said to be resolved. */
  | { readonly kind: "new-error-group" }
  /** Calls of a function, or of one key of it, are held because they failed. */
  | { readonly kind: "breaker-open" }
);

export type AlertChannel = { readonly name: string } & (
  | { readonly kind: "webhook"; readonly url: string; readonly headers: Readonly<Record<string, string>> }
  /** An incoming webhook of Slack, or of whatever takes the same: `{ "text": … }`. */
  | { readonly kind: "slack"; readonly url: string }
  | { readonly kind: "mail"; readonly smtp: string; readonly from: string; readonly to: readonly string[] }
);

export interface AlertSettings {
  readonly rules: readonly AlertRule[];
  readonly channels: readonly AlertChannel[];
}
