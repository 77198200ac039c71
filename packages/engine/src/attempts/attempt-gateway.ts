// Makes the request that a step stands for. The app is not called, except where the request needs credentials that this
// process does not know: then it reports the step again, and nothing else of that reply counts.

import { type GatewayRequest, parseStoredRequest, type Reply, readGatewayRequest, withholdCredentials } from "@stepwell/protocol";
import type { RunInHand, StepOfRequest } from "../runs/run-in-hand.ts";
import type { GatewayReply } from "../seams/gateway.ts";
import { callApp } from "./call-app.ts";
import type { Workshop } from "./workshop.ts";

/** `undefined`: the lease is gone. */
export async function attemptGateway(workshop: Workshop, run: RunInHand, step: StepOfRequest): Promise<GatewayReply | undefined> {
  const { gateway } = workshop;
  if (gateway === undefined) return failed("op_not_supported", "this server makes no requests of its own", true);
  const request = await completeRequest(workshop, run, step);
  if (request === undefined || "kind" in request) return request;
  run.abort = new AbortController();
  try {
    return await gateway.send(request, run.abort.signal);
  } catch (error) {
    return failed("internal_error", error instanceof Error ? error.message : String(error), false);
  }
}

async function completeRequest(
  workshop: Workshop,
  run: RunInHand,
  step: StepOfRequest,
): Promise<GatewayRequest | GatewayReply | undefined> {
  const stored = parseStoredRequest(step.request.body);
  if (stored === undefined) return failed("internal_error", "what is stored of the request cannot be read", true);
  if (stored.withheld.length === 0) return stored;
  const known = workshop.credentials.find(run.runId, step.stepId);
  if (known !== undefined) return { ...stored, ...known };
  if (!(await workshop.reload(run))) return undefined;
  // A call of the run that was under way may have reported the step meanwhile.
  const reported = workshop.credentials.find(run.runId, step.stepId);
  return reported === undefined ? askAgain(workshop, run, step) : { ...stored, ...reported };
}

/**
 * A discovery that must plan, so that the app runs nothing: its reply is read and not recorded. One that does not report
 * the step is an attempt of the step that failed, so that it ends some day; one that does is none.
 */
async function askAgain(workshop: Workshop, run: RunInHand, step: StepOfRequest): Promise<GatewayRequest | GatewayReply> {
  const reply = await callApp(workshop, run, workshop.clock.now(), { attempt: 0, plan: true });
  const op = reply.kind === "ops" ? reply.ops.find(({ id }) => id === step.stepId) : undefined;
  if (op === undefined || op.kind !== step.request.op) return notReported(reply);
  const request = readGatewayRequest(op.kind, op.opts);
  if (typeof request === "string") return failed("gateway_request_invalid", request, true);
  const { credentials } = withholdCredentials(request);
  if (credentials !== undefined) workshop.credentials.keep(run.runId, step.stepId, credentials);
  // All of it is of one report: credentials never go where another report of the step said.
  return request;
}

function notReported(reply: Reply): GatewayReply {
  const why = "its credentials are not stored, and a restart lost them; the app was asked for them again and";
  if (reply.kind === "error") return failed("gateway_failed", `${why} failed: ${reply.error.name}: ${reply.error.message}`, reply.noRetry);
  return failed("gateway_failed", `${why} does not report this step any more`, false);
}

function failed(code: string, message: string, isFinal: boolean): GatewayReply {
  return { kind: "failed", code, message, isFinal };
}
