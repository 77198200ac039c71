import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { lineWriter } from "./line-writer.ts";

function setup() {
  const writes: string[] = [];
  return { writes, writer: lineWriter({ write: (text) => writes.push(text) }) };
}

test("lines of one turn go out in one write, in their order", async () => {
  const { writes, writer } = setup();
  writer.write("a");
  writer.write("b");
  expect(writes).toEqual([]);
  await setImmediate();
  writer.write("c");
  await setImmediate();
  expect(writes).toEqual(["a\nb\n", "c\n"]);
});

test("a flush writes at once, and nothing twice", async () => {
  const { writes, writer } = setup();
  writer.write("a");
  writer.flush();
  await setImmediate();
  writer.flush();
  expect(writes).toEqual(["a\n"]);
});
