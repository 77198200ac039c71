import { isObject, type JsonObject } from "@stepwell/protocol";
import { custom } from "valibot";

/** A JSON object with any keys, taken as it is: a schema of records would make a list an object, and leave out keys such as `constructor`. */
export const anyObject = custom<JsonObject>(isObject, "an object");
