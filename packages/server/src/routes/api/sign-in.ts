// People sign in with the server's password and get a cookie, which opens `/api/v1` to a page of this server.

import { limits } from "@stepwell/protocol";
import { maxLength, pipe, strictObject, string } from "valibot";
import { json, problem } from "../../problem.ts";
import { readBody } from "../../read-body.ts";
import { route } from "../../route.ts";
import { sessionCookie } from "../../sign-in/session.ts";

const body = strictObject({ password: pipe(string(), maxLength(limits.passwordLengthMax)) });

/** `POST /api/v1/sign-in` with `{ password }`. A dev server, which asks for none, lets everybody in. */
export const signIn = route({
  method: "POST",
  path: "/api/v1/sign-in",
  summary: "Sign in with the server's password",
  body,
  query: [],
  access: "open",
  errors: "problem",
  async handle({ request, settings }) {
    const read = await readBody(request, body, { errors: "problem" });
    if (read instanceof Response) return read;
    if (settings.signIn === undefined) return json(200, { data: { endsAt: null } });
    const result = await settings.signIn.signIn(read.value.password);
    switch (result.kind) {
      case "signed_in": {
        const response = json(200, { data: { endsAt: new Date(result.endsAt).toISOString() } });
        response.headers.set("set-cookie", cookie(request, result.session, limits.sessionMs));
        return response;
      }
      case "wrong":
        return problem({ code: "password_wrong", detail: "the password is not the server's" });
      case "too_many":
        return problem({ code: "sign_ins_too_many", detail: `${limits.signInsPendingMax} tries are under way (signInsPendingMax)` });
      default:
        return result satisfies never;
    }
  },
});

/** `POST /api/v1/sign-out`: the browser forgets the session. */
export const signOut = route({
  method: "POST",
  path: "/api/v1/sign-out",
  summary: "Sign out of this browser",
  query: [],
  access: "open",
  errors: "problem",
  handle({ request }) {
    const response = json(200, { data: { signedIn: false } });
    response.headers.set("set-cookie", cookie(request, "", 0));
    return response;
  },
});

/** `POST /api/v1/password`: another one, which is in this answer alone; whoever has signed in is signed out. */
export const replacePassword = route({
  method: "POST",
  path: "/api/v1/password",
  summary: "Replace the server's password by a new one",
  query: [],
  access: "signing_key",
  errors: "problem",
  async handle({ settings }) {
    if (settings.signIn === undefined) return problem({ code: "keys_not_in_use", detail: "this dev server asks for no password" });
    const response = json(201, { data: { password: await settings.signIn.replace() } });
    response.headers.set("cache-control", "no-store");
    return response;
  },
});

/** Behind a proxy that speaks TLS the cookie is for TLS alone. */
function cookie(request: Request, value: string, ageMs: number): string {
  const isSecure = request.headers.get("x-forwarded-proto") === "https" || request.url.startsWith("https:");
  return `${sessionCookie}=${value}; Path=/; Max-Age=${Math.floor(ageMs / 1_000)}; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`;
}
