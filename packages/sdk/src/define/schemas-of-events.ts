import { onePerProcess } from "../one-per-process.ts";
import type { StandardSchemaV1 } from "./standard-schema.ts";

/** The schemas of the types that events were made from. */
export const schemasOfEvents: WeakMap<object, StandardSchemaV1> = /* @__PURE__ */ onePerProcess("event-schemas", () => new WeakMap());
