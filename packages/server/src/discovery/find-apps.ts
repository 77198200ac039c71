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

/** The addresses of apps on open ports. Ports that are closed get no request. */
export async function findApps(ports: readonly number[], except: readonly number[]): Promise<readonly string[]> {
  const found = await Promise.all(ports.filter((port) => !except.includes(port)).map(findOnPort));
  return found.flatMap((url) => (url === undefined ? [] : [url]));
}

async function findOnPort(port: number): Promise<string | undefined> {
  if (!(await isOpen(port))) return undefined;
  for (const path of discoveryPaths) {
    const url = `http://localhost:${port}${path}`;
    if (await isApp(url)) return url;
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
async function isApp(url: string): Promise<boolean> {
  const { request } = await httpClient();
  try {
    const response = await request(url, {
      method: "GET",
      signal: AbortSignal.timeout(answerMsMax),
      headers: { accept: "application/json" },
    });
    await response.body.dump();
    return response.headers[headerNames.sdk] !== undefined;
  } catch {
    return false; // Something else listens there, and not to us.
  }
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
