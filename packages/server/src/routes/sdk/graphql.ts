import { limits } from "@stepwell/protocol";
import { notUtf8, notUtf8Message, readText, tooLong } from "../../body.ts";
import { json } from "../../problem.ts";
import { route } from "../../route.ts";

/** `POST /v0/gql`: what test suites and scripts ask the public server's GraphQL API. */
export const graphql = route({
  method: "POST",
  path: "/v0/gql",
  summary: "Answer a GraphQL query of the compatible API",
  access: "signing_key",
  errors: "envelope",
  forDashboards: true,
  async handle(request) {
    const text = await readText(request.request, limits.apiBodyBytesMax);
    if (text === tooLong) return refuse(413, `the body is larger than ${limits.apiBodyBytesMax} bytes (apiBodyBytesMax)`);
    if (text === notUtf8) return refuse(400, notUtf8Message);
    const { answerQuery } = await import("../../graphql/answer-query.ts");
    const { status, body } = await answerQuery(text, request);
    return json(status, body);
  },
});

function refuse(status: number, message: string): Response {
  return json(status, { data: null, errors: [{ message }] });
}
