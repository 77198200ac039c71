import { type InvokePayload, isObject, parseEvent, StepwellError } from "@stepwell/protocol";
import { type Executable, validateReceived } from "stepwell/internals";

/**
 * What a function is started with: an event without its name, checked as any event is, after a round trip through JSON.
 *
 * @param target - Whose schemas the data has to fit; absent where the function is not of this process.
 * @throws {StepwellError} `invalid_event` and others of its kind, `event_data_invalid`.
 */
export async function invokePayload(payload: object, target: Executable | undefined): Promise<InvokePayload> {
  const value: unknown = JSON.parse(JSON.stringify(payload));
  const event = parseEvent(isObject(value) ? { ...value, name: "invoked" } : value);
  if ("kind" in event) throw new StepwellError(event.code, event.message, { retryable: false });
  if (target?.hasSchemas === true) await validateReceived(target, { events: [{ ...event, name: invoked, id: "", ts: 0 }] });
  const { data, user, v, externalId, ts } = event;
  return {
    data,
    ...(user === undefined ? {} : { user }),
    ...(v === undefined ? {} : { v }),
    ...(externalId === undefined ? {} : { id: externalId }),
    ...(ts === undefined ? {} : { ts }),
  };
}

const invoked = "inngest/function.invoked";
