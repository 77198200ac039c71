/** What `step.fetch` remembers of an answer: of a `Response`, of text, or of whatever is to be its JSON. */
export async function asFetchMemo(value: unknown): Promise<object> {
  const response = value instanceof Response ? value : typeof value === "string" ? new Response(value) : Response.json(value ?? null);
  const cookies = response.headers.getSetCookie();
  // As a server has them: of several cookies an object of the headers would have the last alone.
  const headers = { ...Object.fromEntries(response.headers), ...(cookies.length === 0 ? {} : { "set-cookie": cookies.join(",") }) };
  return { url: response.url, status_code: response.status, headers, body: await response.text() };
}
