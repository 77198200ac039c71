// What a case is, and what it is given.

import type { Api } from "./api.ts";
import type { App } from "./app.ts";
import type { Expect } from "./expect.ts";

export interface ConformanceCase {
  /** The number of the rule in the protocol's core part: `5.3`. */
  readonly rule: string;
  /** What must be so, as a sentence. */
  readonly name: string;
  /** What the server must be like for it to be told. */
  readonly needs: readonly Need[];
  readonly check: Check;
}

export type Check = (context: Context) => Promise<void> | void;

export interface Context {
  /** An app of the case's own, with an id that no other case has. */
  readonly app: App;
  readonly api: Api;
  readonly expect: Expect;
}

export type Need =
  /** Its kind. */
  | "dev"
  | "cloud"
  /** A signing key that it has and the command was told, or none. */
  | "signed"
  | "unsigned"
  /** Event keys, one of which the command was told, or none. */
  | "event_key"
  | "no_event_key"
  /** Started with `--retry-interval` at a second or less, or without it. */
  | "quick_retries"
  | "table_retries";

/** The cases of one rule: a sentence each, with what shows it. */
export function rule(number: string, checks: Readonly<Record<string, Check>>, needs: readonly Need[] = []): readonly ConformanceCase[] {
  return Object.entries(checks).map(([name, check]) => ({ rule: number, name, needs, check }));
}
