// Whether Redis answers: PING in its own protocol (RESP) over one socket.

import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

const patienceMs = 2_000;

/**
 * Resolves when the server has answered PING.
 *
 * @param url `redis://[[user]:password@]host[:port]`, or `rediss://…` for TLS.
 * @throws {Error} That says what was answered, or that nothing was within two seconds.
 */
export async function pingRedis(url: string): Promise<void> {
  const { protocol, hostname, port, username, password } = new URL(url);
  if (protocol !== "redis:" && protocol !== "rediss:")
    throw new Error(`REDIS_URL begins with ${protocol}//, and should with redis:// or rediss://`);
  const host = hostname.replaceAll(/[[\]]/g, "");
  const to = { host, port: Number(port || 6379) };
  const socket = protocol === "rediss:" ? connectTls({ ...to, servername: host }) : connectTcp(to);
  const commands = [
    ...(password === "" ? [] : [["AUTH", ...(username === "" ? [] : [username]), password].map(decodeURIComponent)]),
    ["PING"],
  ];
  try {
    await answersOf(socket, commands);
  } finally {
    socket.destroy();
  }
}

/** One line is the answer to each of these commands. */
function answersOf(socket: Socket, commands: readonly (readonly string[])[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = "";
    socket.setTimeout(patienceMs, () => reject(new Error(`no answer within ${patienceMs} ms`)));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed without an answer")));
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      const lines = received.split("\r\n").slice(0, -1);
      const refused = lines.find((line) => !line.startsWith("+"));
      if (refused !== undefined) reject(new Error(refused.replace(/^-/, "")));
      else if (lines.length >= commands.length) resolve();
    });
    socket.write(commands.map(encode).join(""));
  });
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}
