import { headerNames } from "@stepwell/protocol";
import { type Answer, jsonAnswer } from "../wire/answer.ts";
import type { ServedRequest } from "./call-request.ts";
import { type Described, inspection, introspection } from "./introspect.ts";
import type { SelfRegistration } from "./self-registration.ts";
import { registerForRequest, syncInBand } from "./sync-app.ts";
import { type Told, urlOf } from "./url-of.ts";
import type { Verified } from "./verify-request.ts";

export interface Aside {
  readonly request: ServedRequest;
  readonly body: string;
  readonly verified: Verified;
  readonly app: Described;
  /** What the app was told of its address. */
  readonly told: Told;
  readonly registration: Promise<SelfRegistration> | undefined;
}

/** Answers what is no call of a function and brings no events. `undefined`: whoever asks has to show the key. */
export async function answerAside(aside: Aside): Promise<Answer | undefined> {
  const { request, verified, app } = aside;
  switch (request.method) {
    case "GET":
      if (verified.kind === "invalid") return undefined;
      return jsonAnswer(200, verified.kind === "valid" ? await inspection(app) : introspection(app));
    case "PUT":
      return sync(aside);
    case "POST":
      return verified.kind === "invalid" ? undefined : answerProbe(request);
    default:
      return jsonAnswer(405, { message: "Method not allowed" });
  }
}

async function sync({ request, body, verified, app: described, told, registration }: Aside): Promise<Answer | undefined> {
  // The app's address: as it was told, else as the request names it.
  const { origin, pathname } = new URL(request.url);
  const app = { ...described, url: urlOf(told.origin ?? origin, told.path ?? pathname) };
  if (request.headers.get(headerNames.syncKind) === "in_band") return verified.kind === "invalid" ? undefined : syncInBand(app, body);
  const answer = await registerForRequest(app, request);
  if (answer.status < 300) (await registration)?.end();
  return answer;
}

function answerProbe({ url }: ServedRequest): Answer {
  const probe = new URL(url).searchParams.get("probe");
  if (probe === "trust") return { status: 200, body: "" };
  return jsonAnswer(400, probe === null ? { code: "invalid_request", message: notAsked } : { message: `there is no probe "${probe}"` });
}

const notAsked =
  "a POST here is a server's call of a function, which it names as `fnId`, or brings events: { name, data }, or a list of them";
