import { json } from "../../problem.ts";
import { route } from "../../route.ts";

/** `POST /v0/telemetry`: what SDKs say of themselves, which nobody here asked for and nothing keeps. */
export const telemetry = route({
  method: "POST",
  path: "/v0/telemetry",
  summary: "Taken, and not read",
  access: "signing_key",
  errors: "envelope",
  handle: () => json(200, {}),
});
