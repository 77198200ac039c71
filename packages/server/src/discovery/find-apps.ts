// Looks for apps on this machine: which of the usual ports are open, and on which of the usual paths an SDK answers.

import { connect } from "node:net";
import { headerNames } from "@stepwell/protocol";
import { httpClient } from "../transport/http-client.ts";

/** The ports of the usual frameworks, and of the descriptions of our example applications. */
export const discoveryPorts: readonly number[] = [
  80,
  443,
  ...range(3000, 3010),
  4000,
  4321,
  5000,
  5001,
  5173,
  8000,
  8080,
  8081,
  8787,
  8888,
  ...range(8910, 8915),
];

const families = ["inngest", "stepwell"];
export const discoveryPaths: readonly string[] = families.flatMap((family) => [
  `/api/${family}`,
  `/x/${family}`,
  `/.netlify/functions/${family}`,
  `/.redwood/functions/${family}`,
]);

const connectMsMax = 500;
const answerMsMax = 2_000;

export interface FindAppsParams {
  readonly ports: readonly number[];
  /** Told of each app as soon as it is found: a port that hangs keeps no other waiting. */
  readonly onFound: (url: string) => void;
}

/** Looks for apps on open ports, and resolves when every port has been looked at. Ports that are closed get no request. */
export async function findApps({ ports, onFound }: FindAppsParams): Promise<void> {
  await Promise.all(
    ports.map(async (port) => {
      const url = await findOnPort(port);
      if (url !== undefined) onFound(url);
    }),
  );
}

/** What does not answer on one path in time does not on the next: such a port is left at once. */
async function findOnPort(port: number): Promise<string | undefined> {
  if (!(await isOpen(port))) return undefined;
  for (const path of discoveryPaths) {
    const url = `http://localhost:${port}${path}`;
    const what = await look(url);
    if (what === "app") return url;
    if (what === "hangs") return undefined;
  }
  return undefined;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "localhost", timeout: connectMsMax });
    const settle = (open: boolean) => (): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", settle(true));
    socket.once("error", settle(false));
    socket.once("timeout", settle(false));
  });
}

/** SDKs answer a GET with a header that names them. A HEAD would make some of them print an error. */
async function look(url: string): Promise<"app" | "other" | "hangs"> {
  const { request } = await httpClient();
  const signal = AbortSignal.timeout(answerMsMax);
  try {
    const response = await request(url, { method: "GET", signal, headers: { accept: "application/json" } });
    const rest = response.body.dump().catch(() => undefined);
    // The header has said it, whatever becomes of the rest.
    if (response.headers[headerNames.sdk] !== undefined) return "app";
    await rest;
  } catch {
    // Something else listens there, and not to us.
  }
  return signal.aborted ? "hangs" : "other";
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
