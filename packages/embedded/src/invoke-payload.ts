import { type InvokePayload, isObject, parseEvent, StepwellError } from "@stepwell/protocol";
import type { StepwellFunction } from "stepwell";
import { type Executable, transformInvocation, validateReceived } from "stepwell/internals";

type Client = StepwellFunction["client"];

export interface InvokePayloadParts {
  /** Whose schemas the data has to fit, and whose client's middleware it goes through; absent where the function is not of this process. */
  readonly target: Executable | undefined;
  /** Whose middleware it goes through where the target is absent: the first's. */
  readonly clients: readonly Client[];
}

/**
 * What a function is started with: an event without its name, checked as any event is, after a round trip through JSON.
 *
 * @throws {StepwellError} `invalid_event` and others of its kind, `event_data_invalid`.
 */
export async function invokePayload(payload: object, { target, clients }: InvokePayloadParts): Promise<InvokePayload> {
  const event = parsed(payload);
  if (target?.hasSchemas === true) await validateReceived(target, { events: [{ ...event, id: "", ts: 0 }] });
  const client = target?.client ?? clients[0];
  // What is sealed fits no schema, and is opened before the function's own look at it.
  const sent = client === undefined ? event : parsed(await transformInvocation(client, event));
  const { data, user, v, id, ts } = sent;
  return {
    data,
    ...(user === undefined ? {} : { user }),
    ...(v === undefined ? {} : { v }),
    ...(id === undefined ? {} : { id }),
    ...(ts === undefined ? {} : { ts }),
  };
}

const invoked = "inngest/function.invoked";

function parsed(payload: object): InvokePayload & { readonly name: string } {
  const value: unknown = JSON.parse(JSON.stringify(payload));
  const event = parseEvent(isObject(value) ? { ...value, name: "invoked" } : value);
  if ("kind" in event) throw new StepwellError(event.code, event.message, { retryable: false });
  const { externalId, ...rest } = event;
  return { ...rest, name: invoked, ...(externalId === undefined ? {} : { id: externalId }) };
}
