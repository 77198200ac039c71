import { isObject, limits, parseJson, textOf, wordsOf } from "@stepwell/protocol";
import { readText } from "../../body.ts";
import { keyView } from "../../keys/key-view.ts";
import { json, problem } from "../../problem.ts";
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
    const response = json(201, { data: { ...keyView(result.summary), key: result.key } });
    response.headers.set("cache-control", "no-store");
    return response;
  },
});

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
