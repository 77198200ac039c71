import { expect, test } from "vitest";
import { type View, wrongOf } from "./invariant.ts";

const view = {} as View;

test("an invariant that cannot be asked is a violation, not one that holds", () => {
  const broken = {
    name: "I0",
    check: (): string | undefined => {
      throw new Error("no such column: due_at");
    },
  };
  expect(wrongOf(broken, view)).toBe("could not be checked: Error: no such column: due_at");
});

test("what an invariant says is passed on", () => {
  expect(wrongOf({ name: "I0", check: () => "run 7 has ended twice" }, view)).toBe("run 7 has ended twice");
  expect(wrongOf({ name: "I0", check: () => undefined }, view)).toBeUndefined();
});
