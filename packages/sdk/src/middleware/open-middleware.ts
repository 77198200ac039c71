import type { Stepwell } from "../client/stepwell.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import type { Hooks } from "./hooks.ts";
import type { InngestMiddleware } from "./inngest-middleware.ts";
import type { Class } from "./middleware.ts";

/** Either form. */
export type AnyMiddleware = Class | InngestMiddleware;

/** The hooks for one call of a function, or with none for one send of the client: the client's first, then the function's. */
export function openMiddleware(client: Stepwell, fn: StepwellFunction | undefined, reqArgs: readonly unknown[] = []): readonly Hooks[] {
  const ofClient = client.options.middleware ?? [];
  const ofFunction = fn?.opts.middleware ?? [];
  if (ofClient.length === 0 && ofFunction.length === 0) return none;
  return [...ofClient.map((each) => open(each, client, undefined, reqArgs)), ...ofFunction.map((each) => open(each, client, fn, reqArgs))];
}

const none: readonly Hooks[] = [];

function open(middleware: AnyMiddleware, client: Stepwell, owner: StepwellFunction | undefined, reqArgs: readonly unknown[]): Hooks {
  return typeof middleware === "function" ? new middleware({ client }) : middleware.open(client, owner, reqArgs);
}

/** Tells the classes among them that they were given to a client, or to a function of it. */
export function registerMiddleware(list: readonly AnyMiddleware[], client: Stepwell, fn: StepwellFunction | null): void {
  for (const each of list) if (typeof each === "function") each.onRegister?.({ client, fn });
}
