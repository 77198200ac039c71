import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { asJson } from "@stepwell/protocol";

type Encoding = string | readonly string[] | undefined;

const decoders = { gzip: gunzipSync, br: brotliDecompressSync } as const;

/**
 * The text of a body, bounded after decompression.
 *
 * @throws {Error} It is not what it says it is, or in an encoding that is not read.
 */
export function decodeBody(body: Buffer, encoding: Encoding, bytesMax: number): string | "too_large" {
  if (encoding === undefined || encoding === "" || encoding === "identity") return body.toString("utf8");
  const decoder = typeof encoding === "string" && encoding in decoders ? decoders[encoding as keyof typeof decoders] : undefined;
  if (decoder === undefined) throw new Error(`the reply has the content encoding ${asJson(encoding)}, and only gzip and br are read`);
  try {
    return decoder(body, { maxOutputLength: bytesMax }).toString("utf8");
  } catch (error) {
    if (error instanceof RangeError) return "too_large";
    throw new Error(`the reply says that it is ${String(encoding)} and is not: ${error instanceof Error ? error.message : String(error)}`);
  }
}
