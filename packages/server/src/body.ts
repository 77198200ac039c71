import { isUtf8 } from "node:buffer";

/** A body that is longer than it may be. */
export const tooLong: unique symbol = Symbol("too long");
/** A body that is not text in UTF-8: what it says would be guessed. */
export const notUtf8: unique symbol = Symbol("not UTF-8");

export const notUtf8Message = "the body is not text in UTF-8; JSON is sent in no other encoding";

/** Some editors put it first, and a decoder takes it away. */
const byteOrderMarkBytes = 3;
/** Stands in a text where bytes were no UTF-8; or because it was sent. */
const replacement = "\ufffd";

/** Reads a body as text, and stops reading as soon as it is longer than it may be. */
export async function readText(request: Request, bytesMax: number): Promise<string | typeof tooLong | typeof notUtf8> {
  const announced = Number(request.headers.get("content-length") ?? Number.NaN);
  if (announced > bytesMax) return tooLong;
  // A length that was announced and is small enough is kept to by the HTTP parser.
  if (Number.isFinite(announced)) {
    const text = await request.text();
    return isReplaced(text, announced) ? notUtf8 : text;
  }
  if (request.body === null) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.length;
    if (bytes > bytesMax) return tooLong;
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  return isUtf8(body) ? new TextDecoder().decode(body) : notUtf8;
}

/**
 * Whether bytes were replaced when the text was decoded. The bytes are gone by then, and to keep them costs more than the
 * decoding: a text that has become longer or shorter shows it. Only sequences that were cut off to just the length of what
 * replaces them do not.
 */
function isReplaced(text: string, bytes: number): boolean {
  if (!text.includes(replacement)) return false;
  const length = Buffer.byteLength(text);
  return length !== bytes && length + byteOrderMarkBytes !== bytes;
}
