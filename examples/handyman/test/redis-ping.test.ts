import { createServer, type Server, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { pingRedis } from "../src/services/redisPing.ts";

/** A server that speaks as much of Redis's protocol as is asked for. */
async function redis(answer: (words: readonly string[], socket: Socket) => void): Promise<string> {
  const server: Server = createServer((socket) => {
    let text = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      text += chunk.toString();
      for (let command = readCommand(text); command !== undefined; command = readCommand(text)) {
        text = text.slice(command.length);
        answer(command.words, socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

function readCommand(text: string): { readonly words: readonly string[]; readonly length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return undefined;
  const words: string[] = [];
  let at = head[0].length;
  while (words.length < Number(head[1])) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at));
    if (size === null) return undefined;
    at += size[0].length;
    words.push(text.slice(at, at + Number(size[1])));
    at += Number(size[1]) + 2;
  }
  return { words, length: at };
}

test("a Redis that answers is well", async () => {
  const host = await redis(([word], socket) => socket.write(word === "PING" ? "+PONG\r\n" : "-ERR unknown command\r\n"));
  await expect(pingRedis(`redis://${host}`)).resolves.toBeUndefined();
  await expect(pingRedis(`redis://${host}/0`)).resolves.toBeUndefined();
});

test("name and password are shown first, as they were before they were put into an address", async () => {
  const seen: (readonly string[])[] = [];
  const host = await redis((words, socket) => {
    seen.push(words);
    socket.write(words[0] === "AUTH" ? "+OK\r\n" : "+PONG\r\n");
  });
  await pingRedis(`redis://ada:p%40ss@${host}`);
  await pingRedis(`redis://:p%40ss@${host}`);
  expect(seen).toEqual([["AUTH", "ada", "p@ss"], ["PING"], ["AUTH", "p@ss"], ["PING"]]);
});

test("an answer that comes in pieces is one", async () => {
  const host = await redis((_words, socket) => {
    socket.write("+PO");
    setImmediate(() => socket.write("NG\r\n"));
  });
  await expect(pingRedis(`redis://${host}`)).resolves.toBeUndefined();
});

test("what it refuses with is said", async () => {
  const host = await redis((_words, socket) => socket.write("-NOAUTH Authentication required.\r\n"));
  await expect(pingRedis(`redis://${host}`)).rejects.toThrow("NOAUTH Authentication required.");
});

test("one that hangs up, one that is not there and an address of something else are told apart", async () => {
  const host = await redis((_words, socket) => socket.end());
  await expect(pingRedis(`redis://${host}`)).rejects.toThrow("closed without an answer");
  await expect(pingRedis("redis://127.0.0.1:1")).rejects.toThrow("ECONNREFUSED");
  await expect(pingRedis("http://127.0.0.1:6379")).rejects.toThrow("REDIS_URL begins with http://");
});
