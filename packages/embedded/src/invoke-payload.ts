import { type InvokePayload, isObject, parseEvent, StepwellError } from "@stepwell/protocol";

/**
 * What a function is started with: an event without its name, checked as any event is, after a round trip through JSON.
 *
 * @throws {StepwellError} `invalid_event` and others of its kind.
 */
export function invokePayload(payload: object): InvokePayload {
  const value: unknown = JSON.parse(JSON.stringify(payload));
  const event = parseEvent(isObject(value) ? { ...value, name: "invoked" } : value);
  if ("kind" in event) throw new StepwellError(event.code, event.message, { retryable: false });
  const { data, user, v, externalId, ts } = event;
  return {
    data,
    ...(user === undefined ? {} : { user }),
    ...(v === undefined ? {} : { v }),
    ...(externalId === undefined ? {} : { id: externalId }),
    ...(ts === undefined ? {} : { ts }),
  };
}
