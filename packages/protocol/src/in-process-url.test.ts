import { expect, test } from "vitest";
import { inProcessUrl, isInProcessUrl } from "./in-process-url.ts";

test("each app in a process has an address of its own, which is told from those that can be called", () => {
  expect(inProcessUrl("shop")).not.toBe(inProcessUrl("shop 2"));
  for (const name of ["shop", "a b/c?d", "ünïcode"]) {
    expect(URL.canParse(inProcessUrl(name))).toBe(true);
    expect(isInProcessUrl(new URL(`${inProcessUrl(name)}?fnId=shop-f`).href)).toBe(true);
  }
  for (const url of ["http://localhost:3000/api/inngest", "http://in-process.invalid.example.com/", "https://shop.example.com/"])
    expect(isInProcessUrl(url)).toBe(false);
});
