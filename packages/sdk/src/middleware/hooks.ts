import type { BaseMiddleware } from "./middleware.ts";

type HookName = Exclude<keyof BaseMiddleware, "client" | "id" | "functionOutputTransform" | "stepOutputTransform">;

/** The hooks of one middleware, for one call or one send. */
export type Hooks = Partial<Pick<BaseMiddleware, HookName>>;

type WrapName = Extract<HookName, `wrap${string}`>;
type LookName = Extract<HookName, `on${string}`>;
type TransformName = Extract<HookName, `transform${string}`>;
type ArgsOf<Name extends HookName> = Parameters<NonNullable<BaseMiddleware[Name]>>[0];

/** Calls `inner` through the wraps of all, the first outermost. */
export function wrapped<Name extends WrapName>(
  all: readonly Hooks[],
  name: Name,
  args: Omit<ArgsOf<Name>, "next">,
  inner: () => Promise<unknown>,
): Promise<never> {
  const call = all.reduceRight<() => Promise<unknown>>((next, hooks) => {
    const hook = hooks[name] as ((args: object) => Promise<unknown>) | undefined;
    return hook === undefined ? next : () => hook.call(hooks, { ...args, next });
  }, inner);
  return call() as Promise<never>;
}

/** What the transforms of all make of the arguments, one after the other. */
export async function transformed<Name extends TransformName>(
  all: readonly Hooks[],
  name: Name,
  args: ArgsOf<Name>,
): Promise<ArgsOf<Name>> {
  let current = args;
  for (const hooks of all) {
    const hook = hooks[name] as ((args: object) => unknown) | undefined;
    if (hook !== undefined) current = ((await hook.call(hooks, current as object)) as ArgsOf<Name> | undefined) ?? current;
  }
  return current;
}

/** Tells all of what happened, at once where nobody has to be waited for. */
export async function told<Name extends LookName>(all: readonly Hooks[], name: Name, args: ArgsOf<Name>): Promise<void> {
  for (const hooks of all) {
    const saying = (hooks[name] as ((args: object) => unknown) | undefined)?.call(hooks, args);
    if (saying instanceof Promise) await saying;
  }
}

export function hasHook(all: readonly Hooks[], name: HookName): boolean {
  return all.length > 0 && all.some((hooks) => hooks[name] !== undefined);
}
