import type { CallReply } from "@stepwell/engine";
import { exceedsBytes, isTooDeep, type JsonText, limits, type Op, tooDeepMessage } from "@stepwell/protocol";

/** The reply, or what is said of one that holds more than a reply over HTTP may. */
export function boundReply(reply: CallReply): CallReply {
  if (reply.kind === "result") return isDeep(reply.data) ? tooDeep("what the function returned") : withinBytes(reply, reply.data.length);
  if (reply.kind !== "ops") return reply;
  let length = 0;
  for (const op of reply.ops) {
    if (!("data" in op)) continue;
    const wrong = wrongWith(op);
    if (wrong !== undefined) return wrong;
    length += op.data.length + ("types" in op ? (op.types?.length ?? 0) : 0);
  }
  return withinBytes(reply, length);
}

function wrongWith(op: Extract<Op, { data: JsonText }>): CallReply | undefined {
  if (isDeep(op.data)) return tooDeep(`what step "${op.name}" gave`);
  if (op.kind === "RunComplete" || !exceedsBytes(op.data, limits.stepOutputBytesMax)) return undefined;
  const message = `step "${op.name}" returned more than ${limits.stepOutputBytesMax} bytes (stepOutputBytesMax)`;
  return failed("output_too_large", "OutputTooLarge", message, false);
}

function withinBytes(reply: CallReply, length: number): CallReply {
  // A character takes three bytes at most; texts that could be too long are measured, and there are few.
  if (length * 3 <= limits.replyBytesMax) return reply;
  const datas =
    reply.kind === "result"
      ? [reply.data]
      : reply.kind === "ops"
        ? reply.ops.flatMap((op) => ("data" in op ? [op.data, ("types" in op ? op.types : undefined) ?? ""] : []))
        : [];
  const bytes = datas.reduce((sum, data) => sum + Buffer.byteLength(data), 0);
  if (bytes <= limits.replyBytesMax) return reply;
  const message = `the function returned more than ${limits.replyBytesMax} bytes (replyBytesMax)`;
  return failed("output_too_large", "OutputTooLarge", message, false);
}

/** Texts that are too short to be deep are not parsed. */
function isDeep(data: JsonText): boolean {
  return data.length > 2 * limits.jsonDepthMax && isTooDeep(JSON.parse(data), data.length);
}

/** The same code gives the same depth the next time, and its steps would have been done twice. */
function tooDeep(what: string): CallReply {
  return failed("json_too_deep", "JsonTooDeep", tooDeepMessage(what), true);
}

function failed(code: "output_too_large" | "json_too_deep", name: string, message: string, noRetry: boolean): CallReply {
  return { kind: "error", code, error: { name, message }, noRetry };
}
