import { expect, test } from "vitest";
import { ObjectId } from "../src/stores/objectId.ts";

test("an id is 24 hex digits as text and in JSON, begins with its time, and is like no other", () => {
  const before = Math.floor(Date.now() / 1_000);
  const ids = Array.from({ length: 1_000 }, () => new ObjectId());
  for (const id of ids) expect(id.toString()).toMatch(/^[0-9a-f]{24}$/);
  expect(new Set(ids.map(String)).size).toBe(ids.length);
  const [id] = ids as [ObjectId];
  expect(id.toHexString()).toBe(id.toString());
  expect(JSON.stringify({ _id: id })).toBe(`{"_id":"${id}"}`);
  expect(id.getTimestamp().getTime() / 1_000).toBeGreaterThanOrEqual(before);
});

test("an id that was text is the same id", () => {
  const id = new ObjectId();
  expect(new ObjectId(id.toString().toUpperCase()).equals(id)).toBe(true);
  expect(id.equals(id.toString())).toBe(true);
  expect(id.equals(new ObjectId())).toBe(false);
});

test.for(["", "user123", "z".repeat(24), "a".repeat(23)])("%j is no id", (text) => {
  expect(ObjectId.isValid(text)).toBe(false);
  expect(() => new ObjectId(text)).toThrow(TypeError);
});
