// What steps and functions return, and what is secret of events, is encrypted in the app: the server stores and shows what it
// cannot read. AES-256-GCM; the key is the SHA-256 of the text that is given.

import { isEndEventName, isObject } from "@stepwell/protocol";
import { useParts } from "../replay/known-parts.ts";
import { readMemo } from "../replay/memos.ts";
import { rareParts } from "../replay/rare-parts.ts";
import { type EncodedResult, encodeResult } from "../replay/rich-value.ts";
import {
  BaseMiddleware,
  type Class,
  type MemoizedStep,
  type TransformFunctionInputArgs,
  type TransformSendEventArgs,
  type TransformStepInputArgs,
  type WrapFunctionHandlerArgs,
  type WrapStepArgs,
  type WrapStepHandlerArgs,
} from "./middleware.ts";

export interface EncryptionOptions {
  /** A long text that nobody else has. */
  readonly key: string;
  /** Keys of before: what they encrypted is still read. */
  readonly fallbackDecryptionKeys?: readonly string[];
  /** Reads what is encrypted and encrypts nothing: the first step of a roll-out, and the last of taking it back. */
  readonly decryptOnly?: boolean;
  /** The field of an event's data that is secret; `encrypted` by default. */
  readonly eventEncryptionField?: string;
}

/** How an encrypted value is told from others. */
const mark = "~stepwell.encrypted";

/**
 * Encrypts results of steps and functions, and one field of the data of events.
 *
 * @example
 * new Stepwell({ id: "shop", middleware: [encryptionMiddleware({ key: process.env.SECRET })] });
 */
export function encryptionMiddleware(options: EncryptionOptions): Class {
  const { key, fallbackDecryptionKeys = [], decryptOnly = false, eventEncryptionField: field = "encrypted" } = options;
  if (typeof key !== "string" || key === "") throw new TypeError("encryptionMiddleware needs a key: a long text that nobody else has");
  // What is encrypted has its types within.
  useParts(rareParts);
  const importedKey = importKey(key);
  const keys = [importedKey, ...fallbackDecryptionKeys.map(importKey)];
  const seal = async (value: unknown): Promise<unknown> => (decryptOnly ? value : encrypt(await importedKey, value));
  const open = (value: unknown): Promise<unknown> => decrypt(keys, value);

  return class extends BaseMiddleware {
    readonly id = "stepwell:encryption";

    override async transformFunctionInput(args: TransformFunctionInputArgs): Promise<TransformFunctionInputArgs> {
      const steps = await Promise.all(Object.entries(args.steps).map(async ([id, step]) => [id, await openStep(step)] as const));
      const events = await Promise.all(args.ctx.events.map(openEvent));
      const [event = args.ctx.event] = events;
      return { ...args, steps: Object.fromEntries(steps), ctx: { ...args.ctx, event, events: events as typeof args.ctx.events } };
    }

    override async transformSendEvent(args: TransformSendEventArgs): Promise<TransformSendEventArgs> {
      return { ...args, events: await Promise.all(args.events.map(sealEvent)) };
    }

    /** The data of an invocation is that of an event. */
    override async transformStepInput(args: TransformStepInputArgs): Promise<TransformStepInputArgs> {
      const [asked, ...more] = args.input;
      if (args.stepInfo.stepType !== "invoke" || args.stepInfo.memoized || !isObject(asked) || !isObject(asked["payload"])) return args;
      return { ...args, input: [{ ...asked, payload: await sealEvent(asked["payload"]) }, ...more] };
    }

    override async wrapStepHandler({ next }: WrapStepHandlerArgs): Promise<unknown> {
      return seal(await next());
    }

    override async wrapStep({ next }: WrapStepArgs): Promise<unknown> {
      return open(await next());
    }

    override async wrapFunctionHandler({ next }: WrapFunctionHandlerArgs): Promise<unknown> {
      return seal(await next());
    }
  };

  async function sealEvent<Event extends { readonly data?: unknown }>(event: Event): Promise<Event> {
    const { data } = event;
    return isObject(data) && field in data ? { ...event, data: { ...data, [field]: await seal(data[field]) } } : event;
  }

  async function openStep(step: MemoizedStep): Promise<MemoizedStep> {
    return step.type === "data" ? { type: "data", data: await openDeep(step.data) } : step;
  }

  /** Of an event that was waited for, or of a run that was invoked, the secret stands within. */
  async function openDeep(data: unknown): Promise<unknown> {
    const opened = await open(data);
    return isObject(opened) && typeof opened["name"] === "string" && isObject(opened["data"]) ? openEvent(opened as never) : opened;
  }

  async function openEvent<Event extends { readonly data: unknown }>(event: Event): Promise<Event> {
    const { data } = event;
    if (!isObject(data)) return event;
    const secret = isSealed(data[field]) ? { [field]: await open(data[field]) } : {};
    const told = isEndEventName(String((event as { readonly name?: unknown }).name)) ? await openEnd(data) : {};
    return { ...event, data: { ...data, ...secret, ...told } };
  }

  /** The end of a run, which a failure handler and listeners are told of, has the run's events and its result within. */
  async function openEnd({ event, events, result }: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    return {
      ...(isObject(event) ? { event: await openEvent(event as never) } : {}),
      ...(Array.isArray(events) ? { events: await Promise.all(events.map((each) => openEvent(each as never))) } : {}),
      ...(isSealed(result) ? { result: await open(result) } : {}),
    };
  }
}

function isSealed(value: unknown): value is { readonly [mark]: string } {
  return isObject(value) && typeof value[mark] === "string";
}

async function importKey(text: string): Promise<CryptoKey> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

const ivBytes = 12;

async function encrypt(key: CryptoKey, value: unknown): Promise<unknown> {
  const { text, types } = encodeResult(value, "encrypted", true) as EncodedResult;
  const plain = new TextEncoder().encode(types === undefined ? `{"data":${text}}` : `{"data":${text},"types":${types}}`);
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, plain));
  let binary = "";
  for (const byte of [...iv, ...sealed]) binary += String.fromCharCode(byte);
  return { [mark]: btoa(binary) };
}

async function decrypt(keys: readonly Promise<CryptoKey>[], value: unknown): Promise<unknown> {
  if (!isSealed(value)) return value;
  const bytes = Uint8Array.from(atob(value[mark]), (character) => character.charCodeAt(0));
  const [iv, sealed] = [bytes.subarray(0, ivBytes), bytes.subarray(ivBytes)];
  for (const key of keys) {
    try {
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await key, sealed);
      const memo = readMemo(JSON.parse(new TextDecoder().decode(plain)));
      return memo.kind === "data" ? memo.data : undefined;
    } catch {
      // Another key's work, or nobody's: the next one is tried.
    }
  }
  throw new Error("an encrypted value fits none of the keys that encryptionMiddleware was given");
}
