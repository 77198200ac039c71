import { formatDuration, isObject, limits, parseDuration, parseJson, textOf, wordsOf } from "@stepwell/protocol";
import { optional, strictObject, string } from "valibot";
import { readText } from "../../body.ts";
import { keyView } from "../../keys/key-view.ts";
import { json, problem } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { route } from "../../route.ts";

/** `GET /api/v1/keys`: which keys there are, and nothing that would let anybody use one. */
export const listKeys = route({
  method: "GET",
  path: "/api/v1/keys",
  summary: "Keys, without what would let anybody use them",
  access: "signing_key",
  errors: "problem",
  handle: ({ settings }) => json(200, { data: settings.keys.list().map(keyView) }),
});

/** `POST /api/v1/keys` with `{ kind, name? }`. The key itself is in this answer alone. */
export const createKey = route({
  method: "POST",
  path: "/api/v1/keys",
  summary: "Make a key",
  access: "signing_key",
  errors: "problem",
  async handle({ request, settings }) {
    const text = await readText(request, limits.apiBodyBytesMax);
    const body = typeof text === "string" ? parseJson(text) : undefined;
    const fields = isObject(body) ? body : {};
    const kind = fields["kind"];
    if (kind !== "signing" && kind !== "event")
      return problem({
        code: "invalid_request",
        detail: 'the body is {"kind": "event"} or {"kind": "signing"}, with a "name" if you like',
        fields: [{ path: "kind", message: "event or signing" }],
      });
    if ((textOf(fields["name"]) ?? "").length > limits.keyNameLengthMax || (fields["name"] != null && typeof fields["name"] !== "string"))
      return problem({
        code: "invalid_request",
        detail: `a name is text of at most ${limits.keyNameLengthMax} characters (keyNameLengthMax)`,
        fields: [{ path: "name", message: "too long, or no text" }],
      });
    const result = await settings.keys.create({ kind, name: wordsOf(fields["name"]) });
    if (result.kind === "refused") return problem({ code: result.code, detail: result.message });
    return secretReply({ ...keyView(result.summary), key: result.key });
  },
});

const rotation = strictObject({ overlap: optional(string()) });
const overlapDefault = "24h";

/** `POST /api/v1/keys/:id/rotate` with `{ overlap? }`: a successor, which is in this answer alone; both are taken for the overlap. */
export const rotateKey = route({
  method: "POST",
  path: "/api/v1/keys/:id/rotate",
  summary: "Replace a key by a new one; both are taken for a while",
  body: rotation,
  access: "signing_key",
  errors: "problem",
  async handle({ params, request, settings }) {
    const read = await readBody(request, rotation, { errors: "problem" });
    if (read instanceof Response) return read;
    const overlapMs = parseDuration(read.value.overlap ?? overlapDefault);
    if (overlapMs === undefined || overlapMs > limits.keyOverlapMsMax)
      return problem({
        code: "invalid_request",
        detail: `the overlap is a duration such as 24h, of at most ${formatDuration(limits.keyOverlapMsMax)} (keyOverlapMsMax)`,
        fields: [{ path: "overlap", message: "no duration, or too long" }],
      });
    const result = await settings.keys.rotate({ idStart: params["id"] ?? "", overlapMs });
    if (result.kind === "refused") return problem({ code: result.code, detail: result.message });
    return secretReply({ ...keyView(result.summary), key: result.key, replaced: keyView(result.replaced) });
  },
});

function secretReply(data: object): Response {
  const response = json(201, { data });
  response.headers.set("cache-control", "no-store");
  return response;
}

/** `DELETE /api/v1/keys/:id`: from now on it is refused. Twice is once. */
export const revokeKey = route({
  method: "DELETE",
  path: "/api/v1/keys/:id",
  summary: "Revoke a key",
  access: "signing_key",
  errors: "problem",
  async handle({ params, settings }) {
    const result = await settings.keys.revoke(params["id"] ?? "");
    return result.kind === "revoked"
      ? json(200, { data: keyView(result.summary) })
      : problem({ code: result.code, detail: result.message });
  },
});
