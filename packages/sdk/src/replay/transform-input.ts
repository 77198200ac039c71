import type { Executable } from "../define/executable.ts";
import type { FunctionContext } from "../define/function-context.ts";
import { type Hooks, hasHook, transformed } from "../middleware/hooks.ts";
import type { MemoizedStep } from "../middleware/middleware.ts";
import type { Execution } from "./execution.ts";
import { type Memo, readMemo } from "./memos.ts";

/** Lets middleware see, and change, what the function is called with and what it remembers. */
export async function transformInput(
  { definition }: Executable,
  execution: Execution,
  middleware: readonly Hooks[],
  context: FunctionContext,
): Promise<FunctionContext> {
  if (!hasHook(middleware, "transformFunctionInput")) return context;
  const { memos } = execution.request;
  const steps = Object.fromEntries(memos.order.map((id) => [id, memoizedStep(readMemo(memos.read(id)))]));
  const { ctx, steps: after } = await transformed(middleware, "transformFunctionInput", { ctx: context, fn: definition, steps });
  execution.remember(new Map(Object.entries(after).map(([id, step]) => [id, memoOf(step)])));
  return ctx;
}

function memoizedStep(memo: Memo): MemoizedStep {
  switch (memo.kind) {
    case "data":
      return { type: "data", data: memo.data };
    case "error":
      return { type: "error", error: memo.error as Extract<MemoizedStep, { type: "error" }>["error"] };
    case "input":
      return { type: "input", input: memo.input };
    default:
      return memo satisfies never;
  }
}

function memoOf(step: MemoizedStep): Memo {
  switch (step.type) {
    case "data":
      return { kind: "data", data: step.data };
    case "error":
      return { kind: "error", error: step.error };
    case "input":
      return { kind: "input", input: Array.isArray(step.input) ? step.input : [] };
    default:
      return step satisfies never;
  }
}
