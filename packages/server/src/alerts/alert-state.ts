// What is known of alerts: one setting of the store, as JSON, so that a restart tells nobody anything twice and forgets no
// notice that was not delivered.

import { isObject, parseJson } from "@stepwell/protocol";

/** A condition that somebody was told of, and that has not been over for long enough. */
export interface OpenAlert {
  readonly rule: string;
  /** What it is about, within the rule: a function, a schedule. */
  readonly subject: string;
  readonly text: string;
  readonly since: number;
  /** Since when the condition does not hold; absent while it does. */
  readonly clearSince?: number;
}

export interface Notice {
  readonly kind: "firing" | "recovered" | "test";
  readonly rule: string;
  readonly subject: string;
  readonly text: string;
  /** When the condition began to hold, as far as it was looked at. */
  readonly since: number;
  readonly at: number;
}

export interface PendingNotice {
  readonly notice: Notice;
  readonly channel: string;
  /** How often it was tried in vain. */
  readonly failures: number;
  readonly dueAt: number;
}

export interface AlertState {
  readonly open: readonly OpenAlert[];
  /** In the order in which they came about. */
  readonly pending: readonly PendingNotice[];
  /** Since when the rules look that tell of what is new: what was there before is not. */
  readonly watchedSince: Readonly<Record<string, number>>;
}

/** The setting's name in the store. */
export const alertsSetting = "alerts";

export const noAlerts: AlertState = { open: [], pending: [], watchedSince: {} };

/** What is damaged counts as nothing: then people are told once more, which is better than not at all. */
export function readAlertState(text: string | undefined): AlertState {
  const value = text === undefined ? undefined : parseJson(text);
  if (!isObject(value) || !Array.isArray(value["open"]) || !Array.isArray(value["pending"])) return noAlerts;
  const since = Object.entries(isObject(value["watchedSince"]) ? value["watchedSince"] : {});
  return {
    open: value["open"].filter(isOpenAlert),
    pending: value["pending"].filter(isPending),
    watchedSince: Object.fromEntries(since.filter((entry): entry is [string, number] => typeof entry[1] === "number")),
  };
}

function isOpenAlert(value: unknown): value is OpenAlert {
  if (!isObject(value) || typeof value["since"] !== "number") return false;
  return [value["rule"], value["subject"], value["text"]].every((each) => typeof each === "string");
}

function isPending(value: unknown): value is PendingNotice {
  return isObject(value) && typeof value["channel"] === "string" && typeof value["dueAt"] === "number" && isOpenAlert(value["notice"]);
}
