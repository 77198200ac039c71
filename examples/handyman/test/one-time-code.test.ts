import { expect, test } from "vitest";
import { codeAt, createSecret, isCode } from "../src/services/oneTimeCode.ts";

/** "12345678901234567890" in base 32. */
const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

// The vectors of RFC 6238, appendix B (SHA-1), of which six of eight digits are shown.
test.for([
  [59, "287082"],
  [1_111_111_109, "081804"],
  [1_111_111_111, "050471"],
  [1_234_567_890, "005924"],
  [2_000_000_000, "279037"],
  [20_000_000_000, "353130"],
] as const)("at second %i the code is %s", ([second, code]) => {
  expect(codeAt(secret, second * 1_000)).toBe(code);
});

test("the code before and the one after are taken, others are not", () => {
  const made = createSecret();
  expect(made).toMatch(/^[A-Z2-7]{32}$/);
  const now = 1_800_000_000_000;
  expect([-60_000, -30_000, 0, 30_000, 60_000].map((by) => isCode(made, codeAt(made, now + by), now))).toEqual([
    ...[false, true, true, true, false],
  ]);
  expect(isCode(made, "", now)).toBe(false);
});
