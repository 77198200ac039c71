// Several calls of one app in one exchange: it costs as much as one, and at thousands of calls a second that is what counts.
// Each call is two lines, what stands around it and its body; so is each reply, and replies come as they are done.

import { asJson, type JsonText } from "./ids.ts";
import { isObject, parseJson, textOf } from "./json-shape.ts";
import type { RawReply } from "./reply.ts";

export interface BundledCall {
  readonly fnId: string;
  readonly stepId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface BundledReply extends RawReply {
  /** Which of the calls it answers, from 0. */
  readonly index: number;
}

export function encodeBundledCall({ fnId, stepId, headers, body }: BundledCall): string {
  return `${asJson({ fnId, stepId, headers })}\n${oneLine(body)}\n`;
}

/** `undefined`: it is no bundle. */
export function parseBundle(text: string): readonly BundledCall[] | undefined {
  const lines = text.split("\n");
  if (lines.length < 3 || lines.length % 2 === 0 || lines.at(-1) !== "") return undefined;
  const calls: BundledCall[] = [];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const around = parseJson(lines[at] ?? "");
    if (!isObject(around)) return undefined;
    const [fnId, stepId, headers] = [textOf(around["fnId"]), textOf(around["stepId"]), around["headers"]];
    if (fnId === undefined || stepId === undefined) return undefined;
    calls.push({ fnId, stepId, headers: textsOf(headers), body: lines[at + 1] ?? "" });
  }
  return calls;
}

export function encodeBundledReply({ index, status, headers, body }: BundledReply): string {
  return `${asJson({ index, status, headers })}\n${oneLine(body)}\n`;
}

/** What stands around a reply; `undefined`: it is none. */
export function parseBundledReply(around: string, body: string): BundledReply | undefined {
  const value = parseJson(around);
  if (!isObject(value)) return undefined;
  const { index, status, headers } = value;
  return typeof index === "number" && typeof status === "number" ? { index, status, headers: textsOf(headers), body } : undefined;
}

/** In JSON text a line may end between values only, where a space is the same. */
function oneLine(text: string): JsonText {
  return (/[\r\n]/.test(text) ? text.replace(/[\r\n]/g, " ") : text) as JsonText;
}

function textsOf(value: unknown): Record<string, string> {
  const texts: Record<string, string> = {};
  if (isObject(value)) for (const [name, each] of Object.entries(value)) if (typeof each === "string") texts[name.toLowerCase()] = each;
  return texts;
}
