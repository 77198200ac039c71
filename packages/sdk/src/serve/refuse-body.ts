import type { ServerResponse } from "node:http";
import { servedBodyBytesMax } from "@stepwell/protocol";

/** Refuses a request whose body is too large. The rest of it is not read: the connection ends with the answer. */
export function refuseBody(outgoing: ServerResponse): void {
  const message = `the body of a request may have ${servedBodyBytesMax} bytes (servedBodyBytesMax)`;
  outgoing
    .writeHead(413, { "content-type": "application/json", connection: "close" })
    .end(JSON.stringify({ code: "body_too_large", message }));
}
