import type { ServerResponse } from "node:http";
import { createAnswerer } from "./create-answerer.ts";
import { type NodeRequest, serveNode } from "./node-request.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "express";

export type ExpressHandler = (request: NodeRequest, response: ServerResponse, next?: (error?: unknown) => void) => Promise<void>;

/**
 * Serves functions from an Express application. It stands before body parsers, whose limit of 100 kB the results of a run's steps
 * pass; one that has to stand before it has a higher limit: `app.use(express.json({ limit: "32mb" }))`.
 *
 * @example
 * app.use("/api/stepwell", serve({ client, functions }));
 */
export function serve(options: ServeOptions): ExpressHandler {
  const handler = createAnswerer(options, { name: frameworkName, isLongLived: true, takesBundles: true });
  return (request, response, next) => serveNode(handler, request, response).catch((error: unknown) => next?.(error));
}
