import type { Call } from "@stepwell/engine";
import { eventMapJson } from "@stepwell/protocol";
import type { ReceivedEvent } from "stepwell";
import { type ExecutionRequest, type Memos, memosOfText } from "stepwell/internals";

/** A call as the SDK takes it. Events and results are parsed when they are asked for: a kept execution asks for few. */
export class CallRequest implements ExecutionRequest {
  readonly memos: Memos;
  readonly #call: Call;
  #events: readonly ReceivedEvent[] | undefined;

  constructor(call: Call) {
    this.#call = call;
    this.memos = memosOf(call);
  }

  get isOwnServer(): true {
    return true;
  }

  get runId(): string {
    return this.#call.runId;
  }

  get attempt(): number {
    return this.#call.attempt;
  }

  get maxAttempts(): number {
    return this.#call.maxAttempts;
  }

  get plan(): boolean {
    return this.#call.plan;
  }

  get version(): number {
    return this.#call.version;
  }

  get requestId(): string {
    return this.#call.requestId;
  }

  get jobId(): string {
    return this.#call.itemId;
  }

  get isRerun(): true | undefined {
    return this.#call.isRerun;
  }

  get stepId(): string | undefined {
    return this.#call.stepId;
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
