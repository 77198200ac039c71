import type { Repair } from "./repair.ts";

/** What `stepwell doctor` looks at, in the order in which it is shown. */
export const checks = {
  server: "the server answers at its address",
  version: "command, server and SDKs fit each other",
  node: "Node is new enough",
  database: "the database is there, whole, and has the owner it should have",
  disk: "there is room for more",
  clock: "the clocks agree, so that signatures hold",
  keys: "the server has keys, and the apps have the same",
  apps: "the apps answer, and their last registration was taken",
  options: "no setting and no option of a function is unknown or without effect",
} as const;

export type Check = keyof typeof checks;

export interface Finding {
  readonly check: Check;
  /** Which of several, e.g. an app's name. */
  readonly about?: string;
  /** `skipped`: it could not be looked at, and another finding says why. */
  readonly status: "ok" | "warning" | "problem" | "skipped";
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
  /** What `--fix` does about it. */
  readonly repair?: Repair;
}
