// What an app answers a call with, and the ops in it.

import { createHash } from "node:crypto";

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** What becomes of the connection instead of an answer. */
  readonly breaks?: "before" | "within";
}

type Headers = Readonly<Record<string, string>>;

const sdkHeaders: Headers = {
  "content-type": "application/json",
  "x-inngest-sdk": "inngest-js:v4.24.0",
  "x-inngest-req-version": "2",
};

/** A reply as it stands: no header of an SDK is added. */
export function bare(status: number, body: string | Buffer, headers: Headers = {}): Reply {
  return { status, body, headers };
}

/** A reply of an SDK. */
export function raw(status: number, body: string | Buffer, headers: Headers = {}): Reply {
  return { status, body, headers: { ...sdkHeaders, ...headers } };
}

export function ops(list: unknown, headers: Headers = {}): Reply {
  return raw(206, JSON.stringify(list), headers);
}

export function result(value: unknown = null, headers: Headers = {}): Reply {
  return raw(200, JSON.stringify(value), headers);
}

/** A function that threw. */
export function thrown(message: string, headers: Headers = {}, status = 500): Reply {
  return raw(status, JSON.stringify({ name: "Error", message, stack: "at f", __serialized: true }), {
    "x-inngest-no-retry": "false",
    ...headers,
  });
}

/** Asks to be called again as soon as the protocol lets it. */
export const soon: Headers = { "retry-after": "1" };
export const final: Headers = { "x-inngest-no-retry": "true" };
/** Of an SDK that runs branches by the older rules. */
export const version1: Headers = { "x-inngest-req-version": "1" };

/** The connection ends: before anything was said, or in the middle of the body. */
export function broken(breaks: "before" | "within"): Reply {
  return { status: 200, headers: sdkHeaders, body: '{"half":', breaks };
}

/** A step's id on the wire. */
export function idOf(userId: string): string {
  return createHash("sha1").update(userId).digest("hex");
}

type Op = Readonly<Record<string, unknown>>;

function op(kind: string, userId: string, more: Op): Op {
  return { op: kind, id: idOf(userId), name: userId, displayName: userId, opts: {}, userland: { id: userId }, ...more };
}

export const stepRun = (id: string, data?: unknown, more: Op = {}): Op =>
  op("StepRun", id, { ...(data === undefined ? {} : { data }), ...more });
export const planned = (id: string, more: Op = {}): Op => op("StepPlanned", id, more);
export const sleep = (id: string, duration: string, more: Op = {}): Op => op("Sleep", id, { name: duration, ...more });
export const stepError = (id: string, message: string, more: Op = {}): Op =>
  op("StepError", id, { error: { name: "Error", message, stack: "at s" }, ...more });
export const stepFailed = (id: string, message: string, more: Op = {}): Op =>
  op("StepFailed", id, { error: { name: "Error", message, stack: "at s" }, ...more });
export const runComplete = (data: unknown): Op => op("RunComplete", "complete", { data });
export const anyOp = op;
