import { toResponse } from "./answered.ts";
import { type Answerer, createAnswerer, type RequestSurroundings } from "./create-answerer.ts";
import type { Framework, ServeOptions } from "./serve-options.ts";

export interface WebHandler extends Answerer {
  (request: Request, surroundings?: RequestSurroundings): Promise<Response>;
}

/** Makes the handler that a framework's `serve` wraps: a web request in, a web response out. */
export function createHandler(options: ServeOptions, framework: Framework): WebHandler {
  const answerer = createAnswerer(options, framework);
  const answer: Answerer["answer"] = (request, surroundings) => answerer.answer(request, surroundings);
  const handler = async (request: Request, surroundings: RequestSurroundings = {}) => toResponse(await answer(request, surroundings));
  return Object.assign(handler, { answer });
}
