import { isObject } from "@stepwell/protocol";
import { checkEventData } from "../define/event-schema.ts";
import type { StandardSchemaV1 } from "../define/standard-schema.ts";
import type { StepCall } from "./step-call.ts";

/** Of what a wait brings, an event or a signal, the data as the schema makes it. What does not fit fails the step, where the function can catch it. */
export function readBy(schema: StandardSchemaV1 | undefined): Pick<StepCall, "read"> {
  if (schema === undefined) return {};
  return {
    async read(brought) {
      if (!isObject(brought)) return brought;
      const { name, signal, data } = brought;
      return { ...brought, data: await checkEventData(schema, data, String(name ?? signal)) };
    },
  };
}
