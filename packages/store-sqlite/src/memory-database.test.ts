import { once } from "node:events";
import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { MemoryDatabase } from "./memory-database.ts";

test("threads of a process have databases of their own", async () => {
  using database = new MemoryDatabase();
  const own = new DatabaseSync(database.uri);
  own.exec("create table here (x)");
  const program = `
    import { DatabaseSync } from "node:sqlite";
    import { parentPort } from "node:worker_threads";
    import { MemoryDatabase } from ${JSON.stringify(new URL("memory-database.ts", import.meta.url).href)};
    const database = new MemoryDatabase();
    parentPort.postMessage(new DatabaseSync(database.uri).prepare("select name from sqlite_schema").all());`;
  const thread = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
  const [tables] = await once(thread, "message");
  await thread.terminate();
  own.close();
  expect(tables).toEqual([]);
});
