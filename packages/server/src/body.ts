/** A body that is longer than it may be. */
export const tooLong: unique symbol = Symbol("too long");

/** Reads a body as text, and stops reading as soon as it is longer than it may be. */
export async function readText(request: Request, bytesMax: number): Promise<string | typeof tooLong> {
  const announced = Number(request.headers.get("content-length") ?? Number.NaN);
  if (announced > bytesMax) return tooLong;
  // A length that was announced and is small enough is kept to by the HTTP parser.
  if (Number.isFinite(announced)) return request.text();
  if (request.body === null) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.length;
    if (bytes > bytesMax) return tooLong;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
