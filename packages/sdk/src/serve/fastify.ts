import { toResponse } from "./answered.ts";
import { createAnswerer } from "./create-answerer.ts";
import { type NodeRequest, servedRequest } from "./node-request.ts";
import type { ServeOptions } from "./serve-options.ts";

export const frameworkName = "fastify";

/** What is used of Fastify's request. */
export interface FastifyRequest {
  readonly raw: NodeRequest;
  readonly body: unknown;
}

/** What is used of Fastify's reply. */
export interface FastifyReply {
  code(status: number): unknown;
  headers(headers: Record<string, string>): unknown;
  send(body?: unknown): unknown;
}

export type FastifyHandler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/**
 * Serves functions from a Fastify route, whose `bodyLimit` is that of the largest call.
 *
 * @example
 * app.route({ method: ["GET", "POST", "PUT"], url: "/api/stepwell", bodyLimit: 32 * 1024 * 1024, handler: serve({ client, functions }) });
 */
export function serve(options: ServeOptions): FastifyHandler {
  const handler = createAnswerer(options, { name: frameworkName, isLongLived: true });
  return async (request, reply) => {
    const answered = await handler.answer(servedRequest(request.raw, { body: request.body }), {
      args: [request, reply],
      peer: request.raw.socket?.remoteAddress,
    });
    reply.code(answered.status);
    reply.headers({ ...answered.headers });
    return reply.send(typeof answered.body === "string" ? answered.body : toResponse(answered).body);
  };
}

/** What is used of a Fastify application. */
export interface FastifyInstance {
  /** What stands before the paths of its routes. */
  readonly prefix?: string;
  route(options: {
    readonly method: string[];
    readonly url: string;
    readonly bodyLimit: number;
    readonly handler: FastifyHandler;
  }): unknown;
}

export interface FastifyPluginOptions extends Pick<ServeOptions, "client" | "functions"> {
  readonly options?: Omit<ServeOptions, "client" | "functions">;
}

/** A call brings the results of all steps so far: more than the megabyte that Fastify takes by default. */
const requestBytesMax = 32 * 1024 * 1024;

/** The same as a plugin: `app.register(fastifyPlugin, { client, functions, options: {} })`. */
export function fastifyPlugin(
  fastify: FastifyInstance,
  { client, functions, options = {} }: FastifyPluginOptions,
  done: (error?: Error) => void,
): void {
  try {
    const url = options.servePath ?? "/api/inngest";
    // A variable may know of a proxy that the application does not know of.
    const isTold = options.servePath === undefined && client.environment.servePath !== undefined;
    const handler = serve({ client, functions, ...options, ...(isTold ? {} : { servePath: `${fastify.prefix ?? ""}${url}` }) });
    fastify.route({ method: ["GET", "POST", "PUT"], url, bodyLimit: requestBytesMax, handler });
    done();
  } catch (error) {
    done(error as Error);
  }
}

export default fastifyPlugin;
