import type { EmbeddedEngine } from "@stepwell/embedded";
import { createApi } from "@stepwell/embedded/api";

/** What went wrong, for whoever is on call. */
export const wrong: string[] = [];

export const apiOf = (engine: EmbeddedEngine): ((request: Request) => Promise<Response>) =>
  createApi(engine, {
    onError: (error, { method, path }) => void wrong.push(`${method} ${path}: ${error}`),
  });
