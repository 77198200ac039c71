import { StepwellError } from "@stepwell/protocol";
import type { Stepwell } from "../client/stepwell.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import type { InngestMiddleware } from "./inngest-middleware.ts";
import type { Class } from "./middleware.ts";

/** Either form. */
export type AnyMiddleware = Class | InngestMiddleware;

/**
 * Tells the classes among them that they were given to a client, or to a function of it.
 *
 * @throws {StepwellError} `config_invalid`: an entry is no middleware. With each call of a function it would be wrong again.
 */
export function registerMiddleware(list: readonly AnyMiddleware[], client: Stepwell, fn: StepwellFunction | null): void {
  const owner = fn === null ? `the client "${client.id}"` : `the function "${fn.opts.id}"`;
  if (!Array.isArray(list)) throw notMiddleware(`middleware of ${owner} is no list`);
  for (const [index, each] of list.entries())
    if (!isMiddleware(each))
      throw notMiddleware(`middleware[${index}] of ${owner} is neither a class of middleware nor made by new InngestMiddleware`);
  for (const each of list) if (typeof each === "function") each.onRegister?.({ client, fn });
}

/** Whether anything goes on around a call of the function, or a send of the client alone. */
export function hasMiddleware(client: Stepwell, fn: StepwellFunction | undefined): boolean {
  return (client.options.middleware ?? none).length > 0 || (fn?.opts.middleware ?? none).length > 0;
}

const none: readonly AnyMiddleware[] = [];

/** Also of another copy of this package. A function that makes middleware and was not called is none. */
function isMiddleware(value: unknown): value is AnyMiddleware {
  if (typeof value !== "function") return typeof (value as { readonly open?: unknown } | null | undefined)?.open === "function";
  const { prototype } = value as { readonly prototype?: object };
  if (prototype === undefined) return false;
  return Object.getPrototypeOf(prototype) !== Object.prototype || Object.getOwnPropertyNames(prototype).length > 1;
}

function notMiddleware(sentence: string): StepwellError {
  return new StepwellError("config_invalid", sentence, {
    retryable: false,
    advice:
      "Give it a list of classes that extend Middleware.BaseMiddleware; what makes such a class, as encryptionMiddleware does, has to be called.",
  });
}
