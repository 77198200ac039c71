/** What `step.fetch` remembers of an answer: of a `Response`, of text, or of whatever is to be its JSON. */
export async function asFetchMemo(value: unknown): Promise<object> {
  const response = value instanceof Response ? value : typeof value === "string" ? new Response(value) : Response.json(value ?? null);
  return { url: response.url, status_code: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}
