import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { StepwellError } from "@stepwell/protocol";
import type { HttpApp } from "./create-app.ts";

export interface ServeParams {
  /** One listener for each; all on the same port. */
  readonly hosts: readonly string[];
  /** 0: any free one. */
  readonly port: number;
}

export interface HttpServer {
  readonly port: number;
  /** Resolves when no connection is left; idle ones are closed at once. */
  close(): Promise<void>;
}

/**
 * Listens.
 *
 * @throws {StepwellError} `port_taken`: somebody else does.
 */
export async function serve(app: HttpApp, { hosts, port }: ServeParams): Promise<HttpServer> {
  const listener = getRequestListener((request) => app.fetch(request), { overrideGlobalObjects: false });
  const servers: Server[] = [];
  let bound = port;
  for (const host of hosts) {
    const server = createServer({ keepAliveTimeout: 75_000 }, (incoming, outgoing) => void listener(incoming, outgoing));
    try {
      bound = await listen(server, host, bound);
      servers.push(server);
    } catch (error) {
      // A machine without IPv6 has no ::1, and one address is enough.
      if (servers.length > 0 && isAbsent(error)) continue;
      for (const open of servers) open.close();
      throw error;
    }
  }
  return {
    port: bound,
    async close() {
      await Promise.all(
        servers.map(
          (server) =>
            new Promise<void>((resolve) => {
              server.close(() => resolve());
              server.closeAllConnections();
            }),
        ),
      );
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(error.code === "EADDRINUSE" ? taken(port, error) : error));
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function taken(port: number, cause: unknown): StepwellError {
  return new StepwellError("port_taken", `port ${port} is in use by another program`, {
    retryable: false,
    advice: `Stop that program, or choose another port with --port.`,
    cause,
  });
}

function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT";
}
