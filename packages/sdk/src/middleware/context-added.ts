import type { FunctionContext } from "../define/function-context.ts";
import type { InngestMiddleware, MiddlewareOptions } from "./inngest-middleware.ts";

/** What the middleware of a list puts into the context of functions. */
export type ContextAdded<List> = List extends readonly [infer First, ...infer Rest] ? AddedBy<First> & ContextAdded<Rest> : unknown;

type AddedBy<Each> =
  Each extends InngestMiddleware<infer Options>
    ? AddedByElder<Options>
    : Each extends abstract new (
          ...args: never
        ) => { transformFunctionInput?(args: never): infer Given }
      ? Awaited<Given> extends { ctx: infer Context }
        ? Omit<Context, keyof FunctionContext>
        : unknown
      : unknown;

type AddedByElder<Options extends MiddlewareOptions> =
  Awaited<ReturnType<Options["init"]>> extends { onFunctionRun?: infer OnRun }
    ? NonNullable<OnRun> extends (...args: never) => infer Hooks
      ? Awaited<Hooks> extends { transformInput?: infer Transform }
        ? NonNullable<Transform> extends (...args: never) => infer Given
          ? NonNullable<Awaited<Given>> extends { ctx?: infer Context }
            ? NonNullable<Context>
            : unknown
          : unknown
        : unknown
      : unknown
    : unknown;
