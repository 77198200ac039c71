import type { Stepwell } from "../client/stepwell.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import type { Hooks } from "./hooks.ts";
import type { AnyMiddleware } from "./register-middleware.ts";

/** The hooks for one call of a function, or with none for one send of the client: the client's first, then the function's. */
export function openMiddleware(client: Stepwell, fn: StepwellFunction | undefined, reqArgs: readonly unknown[] = []): readonly Hooks[] {
  const ofClient = client.options.middleware ?? [];
  const ofFunction = fn?.opts.middleware ?? [];
  return [...ofClient.map((each) => open(each, client, undefined, reqArgs)), ...ofFunction.map((each) => open(each, client, fn, reqArgs))];
}

function open(middleware: AnyMiddleware, client: Stepwell, owner: StepwellFunction | undefined, reqArgs: readonly unknown[]): Hooks {
  return typeof middleware === "function" ? new middleware({ client }) : middleware.open(client, owner, reqArgs);
}
