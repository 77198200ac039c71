import { expect, test } from "vitest";
import { encodeUlid } from "./ulid.ts";

test.each<readonly [timeMs: number, entropy: readonly number[], ulid: string]>([
  [0, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "00000000000000000000000000"],
  [2 ** 48 - 1, [255, 255, 255, 255, 255, 255, 255, 255, 255, 255], "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"],
  [1_469_918_176_385, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "01ARYZ6S41041061050R3GG28A"],
])("%i with %j is %s", (timeMs, entropy, ulid) => {
  expect(encodeUlid(timeMs, Uint8Array.from(entropy))).toBe(ulid);
});

test("every place takes its own five bits of what is given", () => {
  const entropy = Array.from({ length: 10 }, (_, index) => (index * 37 + 11) & 255);
  let bits = entropy.reduce((sum, byte) => sum * 256n + BigInt(byte), 1_469_918_176_385n);
  let text = "";
  for (let place = 0; place < 26; place += 1, bits >>= 5n) text = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[Number(bits & 31n)] + text;
  expect(encodeUlid(1_469_918_176_385, Uint8Array.from(entropy))).toBe(text);
});
