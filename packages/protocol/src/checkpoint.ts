// Finished steps that an SDK saves in the middle of a call.

import { type ItemId, parseRunId, type RunId } from "./ids.ts";
import { isObject, parseJson, textOf } from "./json-shape.ts";
import { type Op, parseOp, type StepOp, type StepRunOp } from "./ops.ts";
import { decodeQueueItemToken } from "./queue-item-token.ts";

/** The ops that a checkpoint may hold. */
export type CheckpointOp =
  | StepRunOp
  | StepOp
  | Extract<Op, { kind: "StepPlanned" | "None" | "DiscoveryRequest" | "DeferAdd" | "DeferAbort" }>;

export type Checkpoint =
  | {
      readonly kind: "checkpoint";
      readonly runId: RunId;
      readonly itemId: ItemId | RunId;
      readonly generation: number;
      readonly ops: readonly CheckpointOp[];
    }
  | {
      readonly kind: "refused";
      readonly status: 400 | 413;
      readonly code: "checkpoint_invalid" | "invalid_json" | "invalid_run_id" | "json_too_deep" | "output_too_large";
      readonly message: string;
      readonly runId?: RunId;
    };

const savable: ReadonlySet<string> = new Set(["Step", "StepRun", "StepPlanned", "DeferAdd", "DeferAbort"]);

/**
 * Reads the body of a checkpoint. Everything in it is checked before any of it counts.
 *
 * @param pathRunId - The run id of the request's path; the body's must agree when it has one.
 */
export function parseCheckpoint(text: string, pathRunId: string): Checkpoint {
  const body = parseJson(text);
  if (!isObject(body)) return { kind: "refused", status: 400, code: "invalid_json", message: "the checkpoint is not a JSON object" };
  const runId = parseRunId(pathRunId);
  if (runId === undefined) return { kind: "refused", status: 400, code: "invalid_run_id", message: "the run id is not a ULID" };
  const named = textOf(body["run_id"]);
  if (named !== undefined && named !== "" && named !== runId) return refuse(runId, "the run id of the body is not that of the path");
  const { steps } = body;
  if (!Array.isArray(steps)) return refuse(runId, "the checkpoint has no list of steps");
  const ops: CheckpointOp[] = [];
  for (const [index, value] of steps.entries()) {
    const op = parseOp(value, text.length);
    if (op.kind === "invalid")
      return {
        kind: "refused",
        status: op.code === "output_too_large" ? 413 : 400,
        code: op.code === "reply_invalid" ? "checkpoint_invalid" : op.code,
        message: `step ${index}: ${op.message}`,
        runId,
      };
    if (!savable.has(op.kind))
      return refuse(runId, `step ${index}: cannot checkpoint ${op.kind}; only finished steps can be saved in the middle of a call`);
    ops.push(op as CheckpointOp);
  }
  const token = decodeQueueItemToken(textOf(body["qi_id"]) ?? "");
  if (token === undefined)
    return refuse(runId, "qi_id is missing or not one of this server's, so the checkpoint cannot be told from a late one");
  return { kind: "checkpoint", runId, itemId: token.itemId, generation: token.generation, ops };
}

function refuse(runId: RunId, message: string): Checkpoint {
  return { kind: "refused", status: 400, code: "checkpoint_invalid", message, runId };
}
