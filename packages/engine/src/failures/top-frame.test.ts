import { limits } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { topFrame } from "./top-frame.ts";

const node = (...lines: readonly string[]): string => ["Error: it failed", ...lines.map((line) => `    at ${line}`)].join("\n");

test.for([
  [node("charge (file:///app/src/billing.ts:42:7)", "main (/app/src/main.ts:1:1)"), "charge (src/billing.ts)"],
  [node("async Promise.all (index 0)", "async charge (/app/src/billing.ts:42:7)"), "charge (src/billing.ts)"],
  [node("file:///app/fns.mjs:38:96"), "app/fns.mjs"],
  [node("run (/app/node_modules/inngest/engine.js:1:2)", "node:internal/timers:1:2", "f (/app/a.js:3:4)"), "f (app/a.js)"],
  [node("Object.fn [as handler] (C:\\app\\src\\a.js:3:4)"), "Object.fn (src\\a.js)".replace("\\", "/")],
  [node("new Card (/app/releases/20261120/card.js:3:4)"), "Card (‹n›/card.js)"],
  [node("f (/app/.next/server/chunks/page-a8F3kL0q.js:3:4)"), "f (chunks/page-‹n›.js)"],
  [node("f (/app/src/failing-functions.ts:3:4)"), "f (src/failing-functions.ts)"],
  [node("f (webpack-internal:///(rsc)/./src/fns.ts?1a2b:3:4)"), "f (src/fns.ts)"],
  [node("eval (<anonymous>:1:1)"), undefined],
  ["Error: no stack", undefined],
  ["", undefined],
  [
    'Traceback (most recent call last):\n  File "/app/main.py", line 4, in main\n    charge()\n  File "/app/shop/billing.py", line 26, in charge\n    raise X\n  File "/usr/lib/python3.12/site-packages/x.py", line 1, in y\nX: it failed',
    "charge (shop/billing.py)",
  ],
  [
    "goroutine 1 [running]:\nmain.charge(0xc000012345)\n\t/app/shop/billing.go:42 +0x1d\nmain.main()\n\t/app/main.go:3",
    "main.charge (shop/billing.go)",
  ],
] as const)("%j", ([stack, frame]) => {
  expect(topFrame(stack)).toBe(frame);
});

test("lines of the same place that have moved are one frame", () => {
  const [one, other] = [node("f (/app/a.ts:1:1)"), node("f (/srv/app/a.ts:99:12)")];
  expect(topFrame(one)).toBe(topFrame(other));
});

test("is bounded, and reads much in little time", () => {
  const long = node(`${"f".repeat(500)} (/app/a.ts:1:1)`);
  expect(topFrame(long)?.length).toBeLessThanOrEqual(limits.failureFrameLengthMax);
  const before = performance.now();
  for (const part of ["    at (", "\n    at a:1", '  File "', "at \t/x.go:"]) topFrame(part.repeat(20_000));
  expect(performance.now() - before).toBeLessThan(2_000);
});
