// Functions as tables of replies: what each answers, by what is remembered of it. No user code, no HTTP.

import type { Call } from "@stepwell/engine";
import { asJson, hashStepId, type Op, type Reply, type StepId } from "@stepwell/protocol";

const base = (id: string) => ({ id: hashStepId(id), name: id, race: false });
const end: Op = { kind: "RunComplete", id: "complete" as StepId, name: "complete", race: false, data: asJson({ ok: true }) };
const ops = (list: readonly Op[]): Reply => ({ kind: "ops", ops: list, version: 2, noRetry: false, sdk: "bench:v1" });
const done = ops([end]);

export const parallelSteps = 1_000;
const planned = ops(Array.from({ length: parallelSteps }, (_, index) => ({ ...base(`p${index}`), kind: "StepPlanned" })));

export type Script = (call: Call) => Reply | Promise<Reply>;

/** A thousand parallel steps, each in a call of its own. */
export const parallel: Script = (call) => {
  if (call.stepId !== undefined) return ops([{ id: call.stepId, name: "p", race: false, kind: "StepRun", data: asJson(1) }]);
  return call.memos.size < parallelSteps ? planned : done;
};

/** Sleeps until the instant that its event names; `onAwake` is told when the app is called again. */
export function sleeper(onAwake: (call: Call) => void): Script {
  return (call) => {
    if (call.memos.size === 0) {
      const { until } = JSON.parse(call.events[0]?.data ?? "{}") as { readonly until: string };
      return ops([{ ...base("nap"), kind: "Sleep", target: until }]);
    }
    onAwake(call);
    return done;
  };
}

/** Waits for one event, for an hour at most. */
export const waiter: Script = (call) =>
  call.memos.size === 0 ? ops([{ ...base("w"), kind: "WaitForEvent", event: "bench/go", timeout: "1h" }]) : done;

/** Waits for an event with its own key. */
export const keyedWaiter: Script = (call) =>
  call.memos.size === 0
    ? ops([{ ...base("w"), kind: "WaitForEvent", event: "bench/go-one", timeout: "1h", expression: "event.data.key == async.data.key" }])
    : done;

export const invoker: Script = (call) =>
  call.memos.size === 0
    ? ops([
        { ...base("i"), kind: "InvokeFunction", functionName: "bench-child", payload: { data: {} }, timeout: "", propagateCancel: false },
      ])
    : done;

export const complete: Script = () => done;

/** Fails for good. */
export const failing: Script = () => ({
  kind: "error",
  code: "function_error",
  status: 500,
  noRetry: true,
  error: { name: "Error", message: "it is broken" },
});
