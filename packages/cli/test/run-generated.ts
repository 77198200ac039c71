// Runs the functions that `new function` wrote from its six templates, in virtual time, and prints what became of each run.
// A process of its own: the modules are loaded as Node loads them.

import { pathToFileURL } from "node:url";
import { createTestEngine } from "@stepwell/testing";

const [index = ""] = process.argv.slice(2);
const { functions } = await import(pathToFileURL(index).href);
// A Sunday.
await using t = await createTestEngine({ functions, now: "2026-03-01T00:00:00.000Z" });

await t.send({ name: "app/hello.world", data: { name: "Ada" } });
await t.send({ name: "shop/order.paid", data: { name: "Bob" } });
await t.send({ name: "app/my.fan.out", data: { limit: 2 } });
await t.send({ name: "app/my.drip", data: { userId: "u-1", email: "ada@example.com" } });
await t.send({ name: "app/my.drip", data: { userId: "u-2", email: "bob@example.com" } });
for (const requestId of ["r-1", "r-2", "r-3"]) await t.send({ name: "app/my.approval", data: { requestId } });
await t.send(["a", "b", "c"].map((rowId) => ({ name: "app/my.batch", data: { rowId } })));
await t.advance("2 days");
await t.send({ name: "app/my.drip.stopped", data: { userId: "u-2" } });
await t.send({ name: "app/my.approval.decided", data: { requestId: "r-1", isApproved: true } });
await t.send({ name: "app/my.approval.decided", data: { requestId: "r-2", isApproved: false } });
await t.runUntilIdle();

const runs = await t.runs();
process.stdout.write(
  `\n${JSON.stringify(runs.toReversed().map(({ functionSlug, status, output }) => ({ fn: functionSlug, status, output })))}\n`,
);
