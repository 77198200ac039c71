import type { Stepwell } from "../client/stepwell.ts";
import type { StepwellFunction } from "../define/stepwell-function.ts";
import type { Hooks } from "./hooks.ts";
import type { HookResult, MiddlewareOptions, MiddlewareRegisterReturn, RunHooks, SendEventHooks } from "./inngest-middleware.ts";
import type { MemoizedStep, TransformFunctionInputArgs } from "./middleware.ts";

const registered = new WeakMap<object, WeakMap<object, Promise<MiddlewareRegisterReturn>>>();

/** What the middleware's `init` gave, for a client or for a function of it. */
function register(middleware: MiddlewareOptions, client: Stepwell, fn: StepwellFunction | undefined): Promise<MiddlewareRegisterReturn> {
  const ofThis = registered.get(middleware) ?? new WeakMap<object, Promise<MiddlewareRegisterReturn>>();
  registered.set(middleware, ofThis);
  const owner = fn ?? client;
  let made = ofThis.get(owner);
  if (made === undefined) {
    made = Promise.resolve(middleware.init(fn === undefined ? { client } : { client, fn }));
    ofThis.set(owner, made);
  }
  return made;
}

/** Hooks of the elder form, for one call or one send, under the names of the present one. */
export function legacyHooks(
  middleware: MiddlewareOptions,
  client: Stepwell,
  owner: StepwellFunction | undefined,
  reqArgs: readonly unknown[],
): Hooks {
  let run: Promise<RunHooks> | undefined;
  const hooks = (): Promise<RunHooks> => run ?? Promise.resolve({});
  let send: Promise<SendEventHooks> | undefined;
  /** The hooks of this send: made once, since they may share what they keep. */
  const sending = (): Promise<SendEventHooks> => {
    send ??= register(middleware, client, owner).then(async ({ onSendEvent }) => (await onSendEvent?.()) ?? {});
    return send;
  };
  return {
    async transformFunctionInput(args) {
      const { onFunctionRun } = await register(middleware, client, owner);
      const steps = listOf(args.steps);
      const about = { fn: args.fn, steps, reqArgs };
      run = Promise.resolve(onFunctionRun?.({ ...about, ctx: { event: args.ctx.event, runId: args.ctx.runId } }) ?? {});
      const { transformInput, beforeMemoization } = await run;
      const changed = (await transformInput?.({ ...about, ctx: args.ctx })) ?? {};
      await beforeMemoization?.();
      return {
        ...args,
        ctx: { ...args.ctx, ...changed.ctx },
        steps: changed.steps === undefined ? args.steps : withData(args.steps, changed.steps),
      };
    },
    async onMemoizationEnd() {
      const { afterMemoization, beforeExecution } = await hooks();
      await afterMemoization?.();
      await beforeExecution?.();
    },
    async wrapStepHandler({ next, stepInfo }) {
      const { transformOutput, afterExecution } = await hooks();
      const { hashedId: id, options } = stepInfo;
      const step = { id, name: options.name ?? options.id, displayName: options.name ?? options.id, op: "StepRun" };
      const result = await resultOf(next);
      await afterExecution?.();
      return unwrap(await transformed(transformOutput, result, step));
    },
    async wrapFunctionHandler({ next }) {
      const { transformOutput, afterExecution, finished } = await hooks();
      const result = await resultOf(next);
      await afterExecution?.();
      const after = await transformed(transformOutput, result, undefined);
      await finished?.({ result: after });
      return unwrap(after);
    },
    async wrapRequest({ next }) {
      const response = await next();
      await (await hooks()).beforeResponse?.();
      return response;
    },
    async transformSendEvent(args) {
      const changed = await (await sending()).transformInput?.({ payloads: args.events });
      return { ...args, events: changed?.payloads ?? args.events };
    },
    async wrapSendEvent({ next }) {
      const result = await next();
      const changed = await (await sending()).transformOutput?.({ result });
      return { ...result, ...changed?.result };
    },
  };
}

function listOf(steps: TransformFunctionInputArgs["steps"]): { readonly id: string; readonly data?: unknown; readonly error?: unknown }[] {
  return Object.entries(steps).map(([id, step]) => ({
    id,
    ...(step.type === "data" ? { data: step.data } : step.type === "error" ? { error: step.error } : {}),
  }));
}

/** The elder form gives the data back by place. */
function withData(
  steps: TransformFunctionInputArgs["steps"],
  list: readonly { readonly data?: unknown }[],
): TransformFunctionInputArgs["steps"] {
  const changed = Object.entries(steps).map(([id, step], index): [string, MemoizedStep] => {
    const given = list[index];
    return [id, step.type === "data" && given !== undefined && "data" in given ? { type: "data", data: given.data } : step];
  });
  return Object.fromEntries(changed);
}

async function resultOf(next: () => Promise<unknown>): Promise<HookResult> {
  try {
    return { data: await next() };
  } catch (error) {
    return { error };
  }
}

async function transformed(
  transform: RunHooks["transformOutput"],
  result: HookResult,
  step: Parameters<NonNullable<RunHooks["transformOutput"]>>[0]["step"],
): Promise<HookResult> {
  const changed = await transform?.(step === undefined ? { result } : { result, step });
  return { ...result, ...changed?.result };
}

function unwrap(result: HookResult): unknown {
  if (result.error !== undefined && result.error !== null) throw result.error;
  return result.data;
}
