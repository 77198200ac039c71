import type { Call } from "@stepwell/engine";
import { eventMapJson } from "@stepwell/protocol";
import type { ReceivedEvent } from "stepwell";
import { type ExecutionRequest, type Memos, memosOfText } from "stepwell/internals";

/** A call as the SDK takes it. Events and results are parsed when they are asked for: a kept execution asks for few. */
export class CallRequest implements ExecutionRequest {
  readonly isOwnServer = true;
  readonly runId: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly plan: boolean;
  readonly version: number;
  readonly requestId: string;
  readonly jobId: string;
  declare readonly stepId?: string;
  readonly memos: Memos;
  readonly #call: Call;
  #events: readonly ReceivedEvent[] | undefined;

  constructor(call: Call) {
    this.#call = call;
    this.runId = call.runId;
    this.attempt = call.attempt;
    this.maxAttempts = call.maxAttempts;
    this.plan = call.plan;
    this.version = call.version;
    this.requestId = call.requestId;
    this.jobId = call.itemId;
    if (call.stepId !== undefined) this.stepId = call.stepId;
    this.memos = memosOf(call);
  }

  get events(): readonly ReceivedEvent[] {
    this.#events ??= this.#call.events.map(
      (event) => JSON.parse(eventMapJson({ ...event, id: event.externalId ?? event.id })) as ReceivedEvent,
    );
    return this.#events;
  }
}

function memosOf({ memos, stepInput }: Call): Memos {
  const own = memosOfText(memos);
  if (stepInput === undefined) return own;
  return { order: own.order, read: (id) => (id === stepInput.stepId ? { input: JSON.parse(stepInput.input) } : own.read(id)) };
}
