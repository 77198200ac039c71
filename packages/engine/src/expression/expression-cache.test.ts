import { describe, expect, it } from "vitest";
import { ExpressionCache } from "./expression-cache.ts";

describe("ExpressionCache", () => {
  it("compiles a source once, be it valid or not", () => {
    const cache = new ExpressionCache();
    for (const source of ["event.data.n == 1", "event.data.n = 1"]) expect(cache.get(source)).toBe(cache.get(source));
    expect(cache.get("event.data.n = 1").kind).toBe("invalid");
  });

  it("holds no more than it may, and drops what was not asked for the longest", () => {
    const cache = new ExpressionCache(2);
    const first = cache.get("1 == 1");
    const second = cache.get("2 == 2");
    cache.get("1 == 1");
    cache.get("3 == 3");
    expect(cache.size).toBe(2);
    expect(cache.get("1 == 1")).toBe(first);
    expect(cache.get("2 == 2")).not.toBe(second);
  });
});
