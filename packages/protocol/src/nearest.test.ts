import fc from "fast-check";
import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

const names = ["runs", "send", "start", "dev"];

test("a word with a letter too many, too few or wrong is recognised", () => {
  expect(nearest("ruons", names)).toBe("runs");
  expect(nearest("sed", names)).toBe("send");
  expect(nearest("stort", names)).toBe("start");
});

test("a word that is three letters away is not", () => {
  expect(nearest("banana", names)).toBeUndefined();
});

test("of several the closest is offered", () => {
  expect(nearest("--no-pol", ["--no-poll", "--no-ui"])).toBe("--no-poll");
});

test("every word is its own nearest, and one edit never hides it among distant ones", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{6,12}$/), fc.nat(), (word, at) => {
      const edited = word.slice(0, at % word.length) + word.slice((at % word.length) + 1);
      expect(nearest(word, [word, "0000000000000000"])).toBe(word);
      expect(nearest(edited, ["0000000000000000", word])).toBe(word);
    }),
  );
});
