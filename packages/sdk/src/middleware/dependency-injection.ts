import { BaseMiddleware, type TransformFunctionInputArgs } from "./middleware.ts";

/** The class that `dependencyInjectionMiddleware` makes. */
export type InjectionClass<Added extends object> = new (
  args: ConstructorParameters<typeof BaseMiddleware>[0],
) => BaseMiddleware & {
  transformFunctionInput(args: TransformFunctionInputArgs): TransformFunctionInputArgs & { ctx: TransformFunctionInputArgs["ctx"] & Added };
};

/**
 * Puts things into the context of functions, with their types.
 *
 * @example
 * const client = new Stepwell({ id: "shop", middleware: [dependencyInjectionMiddleware({ db })] });
 * client.createFunction({ id: "f", triggers: { event: "go" } }, ({ db }) => db.count());
 */
export function dependencyInjectionMiddleware<const Added extends object>(added: Added): InjectionClass<Added> {
  return class extends BaseMiddleware {
    readonly id = "stepwell:dependency-injection";

    override transformFunctionInput(args: TransformFunctionInputArgs): TransformFunctionInputArgs & {
      ctx: TransformFunctionInputArgs["ctx"] & Added;
    } {
      return { ...args, ctx: { ...args.ctx, ...added } };
    }
  };
}
