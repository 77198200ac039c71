import type { Request } from "express";
import type { z } from "zod";
import { HttpError } from "../services/httpError.js";

/**
 * What a request says, in the shape that was asked for.
 *
 * @throws {HttpError} 400 with each field that is wrong, and why.
 */
export function readBody<Schema extends z.ZodType>(request: Request, schema: Schema): z.infer<Schema> {
  const read = schema.safeParse(request.body ?? {});
  if (read.success) return read.data;
  throw new HttpError(400, read.error.issues.map(({ path, message }) => `${path.join(".") || "the body"}: ${message}`).join("; "));
}
