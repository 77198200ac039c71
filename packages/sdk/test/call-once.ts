// One call of a function, as a server would make it, without a server.

import { hashStepId, type Op, type Reply } from "@stepwell/protocol";
import type { Stepwell } from "../src/client/stepwell.ts";
import type { ReceivedEvent } from "../src/define/event.ts";
import { executablesOf } from "../src/define/executable.ts";
import type { StepwellFunction } from "../src/define/stepwell-function.ts";
import { type ExecutionHooks, type ExecutionRequest, executeFunction, memosOf } from "../src/internals.ts";

export interface OneCall extends Partial<Omit<ExecutionRequest, "memos">> {
  /** Memos by the step's own id, in the order in which they were recorded. */
  readonly memos?: Readonly<Record<string, unknown>>;
  readonly data?: object;
  readonly hooks?: ExecutionHooks;
  /** Own id of the step that the call is for. */
  readonly target?: string;
}

/** The hash under which a step crosses the wire: of `a`, and of its second use `a:1`. */
export const hashOf = (id: string): string => hashStepId(id);

export const runId = "01JQDAE4RQF8MBCR55T5AK4KXR";

export function callOnce(client: Stepwell, fn: StepwellFunction, call: OneCall = {}): Promise<Reply> {
  const { memos = {}, data = {}, hooks, target, ...request } = call;
  const event: ReceivedEvent = { name: "go", data, id: "e1", ts: 1_700_000_000_000 };
  const byHash = Object.fromEntries(Object.entries(memos).map(([id, memo]) => [hashOf(id), memo]));
  const executable = executablesOf(client, [fn]).get(fn.slug);
  if (executable === undefined) throw new Error("no such function");
  return executeFunction(
    executable,
    {
      ...{ runId, events: [event], attempt: 0, maxAttempts: 5, plan: false, version: 2, isOwnServer: true },
      memos: memosOf(byHash, Object.keys(byHash)),
      ...(target === undefined ? {} : { stepId: hashOf(target) }),
      ...request,
    },
    hooks,
  );
}

/** The ops of a reply, by kind and name. */
export function opsOf(reply: Reply): readonly string[] {
  return reply.kind === "ops" ? reply.ops.map((op) => `${op.kind} ${op.name}`) : [reply.kind];
}

/** The one op of a reply. */
export function onlyOp(reply: Reply): Op {
  if (reply.kind !== "ops" || reply.ops.length !== 1) throw new Error(`not one op: ${JSON.stringify(reply)}`);
  return reply.ops[0] as Op;
}
